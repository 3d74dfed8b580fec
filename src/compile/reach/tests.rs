//! What is out of reach, and what only looks so.

use super::*;
use crate::compile::compile;

const MODES: &[&str] = &["User Pool Authorization", "API Key Authorization"];

/// The branches that nobody reaches, each as its way and the condition (or `#else`) that leads there.
fn closed(template: &str, modes: &[&str]) -> Vec<String> {
    let program = compile("t", template).unwrap();
    let reach = Reach::of(&program, modes, &[]);
    let shown = |branch: Branch| {
        let condition = program.condition(branch).or(program.condition(Branch { way: Way::Arm(0), ..branch }));
        let text = program.source_text(program.expressions[condition.unwrap().0].span);
        format!("{:?} {text}", branch.way)
    };
    program.branches().filter(|branch| !reach.branch(*branch)).map(shown).collect()
}

/// Templates in which a branch is closed, with the branch.
const CLOSED: &[(&str, &[&str])] = &[
    ("#set($a = false)#if(!$a)x#end", &["Past !$a"]),
    ("#set($a = true)#if($a)x#{else}y#end", &["Arm(1) $a"]),
    ("#set($a = true)#if($ctx.x)#set($a = false)#end#if($a)x#{else}y#end", &[]),
    ("#if($never)x#end", &["Arm(0) $never"]),
    ("#set($a = false)#if($ctx.x)#set($a = true)#end#if($a)#if($a)x#end#end", &["Past $a"]),
    ("#set($l = [])#foreach($x in $l)x#end#if($l.isEmpty())y#end", &["Turn $l", "Past $l.isEmpty()"]),
    ("#set($l = [])#if($l.size() > 0)x#end", &["Arm(0) $l.size() > 0"]),
    ("#set($m = {})#if($m.keySet().size() > 0)x#end", &["Arm(0) $m.keySet().size() > 0"]),
    ("#set($s = \"$ctx.a::b\")#if(!$util.isNull($s))x#end", &["Past !$util.isNull($s)"]),
    ("#set($s = \"$ctx.a::b\")#if($util.isString($s))x#end", &["Past $util.isString($s)"]),
    ("#if($ctx.a)$util.unauthorized()#end#set($n = $util.unauthorized())#if($n)x#end", &[]),
    ("#if($ctx.a)#set($a = true)#{else}$util.unauthorized()#end#if($a)x#end", &["Past $a"]),
    ("#if($ctx.a)#set($a = true)#{else}$util.error('no', 'T')#end#if($a)x#end", &["Past $a"]),
    ("#if($util.authType() == \"IAM Authorization\")x#end", &["Arm(0) $util.authType() == \"IAM Authorization\""]),
    (
        "#set($r = [{\"all\": true, \"g\": \"A\"}, {\"all\": true}])#foreach($x in $r)#if($x.all)a#{else}b#end#if($x.g)c#end#end",
        &["Arm(1) $x.all"],
    ),
    ("#set($a = false)#foreach($x in $ctx.l)#if($a)x#end#end", &["Arm(0) $a"]),
    ("#set($n = 0)#if($n == 0)x#elseif($ctx.y)y#end", &["Arm(1) $ctx.y", "Past $n == 0"]),
];

/// Near misses: everything can be reached.
const OPEN: &[&str] = &[
    // Null leaves the old value, and what came before the loop's last turn shows in the next.
    "#set($a = true)#set($a = $ctx.x)#if($a)x#end",
    "#set($a = false)#foreach($x in $ctx.l)#if($a)x#end#set($a = true)#end",
    "#set($a = false)#foreach($x in $ctx.l)#if($ctx.y)#set($a = true)#break#end#end#if($a)x#end",
    // The list has another name, or somebody added to it.
    "#set($l = [])#set($m = $l)$util.qr($m.add(1))#if($l.isEmpty())x#end",
    "#set($l = [])$util.qr($ctx.stash.put('l', $l))$util.qr($ctx.stash.l.add($ctx.x))#foreach($x in $l)x#end",
    "#set($l = [])#if($ctx.y)$util.qr($l.add(1))#end#foreach($x in $l)x#end",
    "#set($l = [])#if($ctx.y && $l.add(1))#end#if($l.isEmpty())x#end",
    "#set($m = {})#set($m.a = true)#if($m.a)x#end",
    "#set($m = {})$util.qr($m.keySet().retainAll([]))#if($m.keySet().add(1))#end#if($m.isEmpty())x#end",
    "#set($l = [])#set($w = [$l])#foreach($x in $w)$util.qr($x.add(1))#end#if($l.isEmpty())x#end",
    "#set($l = [])#set($n = $util.defaultIfNull($l, 1))$util.qr($n.add(1))#if($l.isEmpty())x#end",
    // The maps of a literal are changed, by the loop's variable, by the list, by another name.
    "#set($r = [{\"all\": true}])#foreach($x in $r)#if($ctx.y)#set($x.all = false)#end#if($x.all)a#end#end",
    "#set($r = [{\"all\": true}])#if($ctx.y)$util.qr($r.get(0).put('all', false))#end#foreach($x in $r)#if($x.all)a#end#end",
    "#set($r = [{\"all\": true}])#foreach($x in $r)#set($y = $x)#if($ctx.y)$util.qr($y.put('all', false))#end#if($x.all)a#end#end",
    "#set($r = [{\"all\": true}])#set($z = [])$util.qr($z.addAll($r))#foreach($y in $z)#if($ctx.b)$util.qr($y.put('all', false))#end#end#foreach($x in $r)#if($x.all)a#end#end",
    "#set($r = [{\"all\": true}])#foreach($x in $r)#if($ctx.q)#set($r = $ctx.z)#end#if($ctx.y)$util.qr($r.get(0).put('all', false))#end#if($x.all)a#end#end",
    // A message that is no text finds no method.
    "#if($ctx.a)#set($a = true)#{else}$util.error($ctx.m)#end#if($a)x#end",
    "#if($ctx.a)#set($a = true)#{else}\\$util.unauthorized()#end#if($a)x#end",
    "#if($util.authType() == \"User Pool Authorization\")x#{else}y#end",
    // What a helper is called may be something else.
    "#set($util = {})#if($util.authType() == \"IAM Authorization\")x#end",
    // A loop's variable keeps null, whatever is assigned in front of it.
    "#foreach($x in $ctx.l)#set($x = true)#if($x)x#end#end",
    // Strings can run statements.
    "#set($a = false)#set($s = \"#set($a = $ctx.b)\")#if($a)x#end",
    "#set($t = \"a\")#if($t == $ctx.t)x#end",
    "#foreach($ctx in $ctx.l)#set($ctx = true)#if($ctx)x#end#end",
];

#[test]
fn what_the_template_closes_is_out_of_reach() {
    for (template, expected) in CLOSED {
        assert_eq!(closed(template, MODES), *expected, "{template}");
    }
}

#[test]
fn what_only_looks_closed_is_not() {
    for template in OPEN {
        assert_eq!(closed(template, MODES), [""; 0], "{template}");
    }
}

#[test]
fn one_mode_closes_what_lies_past_it() {
    let template = "#if($util.authType() == \"User Pool Authorization\")x#end";
    assert_eq!(closed(template, &MODES[..1]), ["Past $util.authType() == \"User Pool Authorization\""]);
}

#[test]
fn conditions_that_come_out_one_way_are_known() {
    let program = compile("t", "#set($a = false)#if($ctx.x && !$a)x#end").unwrap();
    let reach = Reach::of(&program, MODES, &[]);
    let known: Vec<[bool; 2]> =
        program.atoms().into_iter().map(|atom| [reach.atom(atom, false), reach.atom(atom, true)]).collect();
    assert_eq!(known, [[true, true], [true, false]]);
}

#[test]
fn a_template_that_takes_too_long_is_taken_as_open() {
    let deep = 24;
    let template =
        format!("#set($a = false){}#if($a)x#end{}", "#foreach($x in $ctx.l)".repeat(deep), "#end".repeat(deep));
    assert_eq!(closed(&template, MODES), ["Arm(0) $a"]);
    let template = format!("#if($never)x#end{}", "#set($b = 1)".repeat(20_001));
    assert_eq!(closed(&template, MODES), [""; 0]);
}

/// Of `$ctx.args.own` is known that it is a text or null, of `input.gone` that it is not there.
fn facts() -> Vec<Fact> {
    [("own", Held::Text), ("input.gone", Held::Absent)]
        .map(|(path, held)| {
            let path = std::iter::once("args").chain(path.split('.')).map(str::to_owned).collect();
            Fact { path, held }
        })
        .into()
}

/// Templates in which facts about the request close a branch, or no longer do.
const KNOWN: &[(&str, usize)] = &[
    ("#if($context.arguments.input.gone)x#end", 1),
    ("#if(!$util.isNull($ctx.args.own))#if($util.isString($ctx.args.own))x#{else}y#end#end", 1),
    ("#if($util.isString($ctx.args.own))x#{else}y#end", 0),
    ("#set($a = $util.defaultIfNull($ctx.args.input.gone, null))#if($util.isNull($a))x#{else}y#end", 1),
    ("#if($ctx.args.input.containsKey(\"gone\"))x#end", 1),
    ("#if($ctx.args.input.containsKey(\"own\"))x#end", 0),
    // What is looked at stays; what comes after does not matter before.
    ("#set($k = $util.parseJson($util.toJson($ctx.args.input.keySet())))#if($ctx.args.input.gone)x#end", 1),
    ("#if($ctx.args.input.gone)x#end$util.qr($ctx.args.input.put(\"gone\", 1))", 1),
    // Somebody changes it, or could.
    ("$util.qr($ctx.args.input.put(\"gone\", 1))#if($ctx.args.input.gone)x#end", 0),
    ("$util.qr($ctx.args.put($ctx.x, 1))#if($ctx.args.input.gone)x#end", 0),
    ("#set($ctx.args.input = $ctx.x)#if($ctx.args.input.gone)x#end", 0),
    ("#set($i = $ctx.args.input)$util.qr($i.put(\"gone\", 1))#if($ctx.args.input.gone)x#end", 0),
    ("#set($i = $ctx)$util.qr($i.args.input.put(\"gone\", 1))#if($ctx.args.input.gone)x#end", 0),
    ("$util.qr($ctx.stash.put(\"a\", $ctx.args))#if($ctx.args.input.gone)x#end", 0),
    ("$util.qr($ctx.args.get($ctx.x).put(\"gone\", 1))#if($ctx.args.input.gone)x#end", 0),
    ("#set($w = [$ctx.args.input])$util.qr($w.get(0).put(\"gone\", 1))#if($ctx.args.input.gone)x#end", 0),
    ("#foreach($e in $ctx.args.entrySet())$util.qr($e.setValue(1))#end#if($ctx.args.input.gone)x#end", 0),
    ("#foreach($x in $ctx.l)#if($ctx.args.input.gone)x#end$util.qr($ctx.args.input.put(\"gone\", 1))#end", 0),
];

#[test]
fn what_is_known_of_the_request_holds_until_somebody_touches_it() {
    for (template, expected) in KNOWN {
        let program = compile("t", template).unwrap();
        let reach = Reach::of(&program, MODES, &facts());
        let closed = program.branches().filter(|branch| !reach.branch(*branch)).count();
        assert_eq!(closed, *expected, "{template}");
    }
}
