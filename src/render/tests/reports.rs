//! Reports as the explanation layer builds them, one a situation.

use serde_json::{Value as Json, json};

use crate::report::*;

pub const UPDATE: &str = "resolvers/Mutation.updatePost.auth.1.res.vtl";

/// A site: `text` where it stands on `line`.
pub fn site(template: &str, number: u32, line: &str, text: &str) -> Site {
    let at = line.find(text).expect("the text stands on the line");
    let column = u32::try_from(line[..at].chars().count()).unwrap() + 1;
    Site {
        template: template.into(),
        line: number,
        column,
        end_line: number,
        end_column: column + u32::try_from(text.chars().count()).unwrap(),
        text: text.into(),
        source_line: line.into(),
    }
}

pub fn condition(site: Site, value: impl Into<Json>, words: &str) -> Condition {
    let text = site.text.clone();
    Condition {
        site,
        text,
        value: value.into(),
        operands: Vec::new(),
        words: Some(words.to_owned()).filter(|w| !w.is_empty()),
    }
}

pub fn operand(text: &str, value: Json, from: Option<&str>) -> Operand {
    Operand { text: text.into(), value, from: from.map(str::to_owned), set_at: None }
}

pub fn rule(id: usize, kind: &'static str, auth: Option<(u32, &str)>, blocked_by: Condition, needs: &str) -> Rule {
    let line = blocked_by.site.line + 1;
    Rule {
        id,
        kind,
        auth: auth.map(|(line, text)| AuthorRule {
            file: "schema.graphql".into(),
            line,
            text: text.into(),
            reconstructed: false,
        }),
        also_auth: Vec::new(),
        grant: site(&blocked_by.site.template, line, "  #set( $isAuthorized = true )", "#set( $isAuthorized = true )"),
        blocked_by: Some(blocked_by),
        needs: needs.into(),
    }
}

pub fn fix(text: &str) -> Fix {
    let edit = Edit { target: "claims", path: vec![json!("cognito:groups")], op: "add", value: json!("Admin") };
    Fix { text: text.into(), verified: true, edits: vec![edit], open: Vec::new() }
}

pub fn cause(code: &'static str, text: &str) -> Option<Cause> {
    Some(Cause { code, text: text.into() })
}

pub fn source(file: &str, entry: usize) -> Option<RequestSource> {
    Some(RequestSource { file: file.into(), entry: Some(entry), kind: "har" })
}

pub fn user_pool(token_use: &str, shown: &str, checks: Vec<Check>) -> Option<Gate> {
    Some(Gate {
        outcome: GateOutcome::Passed,
        mode: Some("AMAZON_COGNITO_USER_POOLS"),
        credential: Some(Credential {
            kind: "jwt",
            shown: Some(shown.into()),
            token_use: Some(token_use.to_owned()).filter(|t| !t.is_empty()),
        }),
        status: 200,
        error_type: None,
        message: None,
        checks,
    })
}

pub fn check(code: &'static str, verdict: Verdict, found: &str, expected: &str) -> Check {
    Check { code, verdict, found: found.into(), expected: expected.into() }
}

fn bob() -> Option<Json> {
    Some(
        json!({ "sub": "u1", "username": "bob", "issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123",
                 "claims": { "sub": "u1", "cognito:groups": ["Editors"] } }),
    )
}

fn unauthorized(field: &str, parent: &str) -> Option<FieldError> {
    Some(FieldError {
        message: format!("Not Authorized to access {field} on type {parent}"),
        error_type: Some("Unauthorized".into()),
    })
}

pub fn field(parent: &str, name: &str, path: Json) -> FieldReport {
    FieldReport {
        path: path.as_array().cloned().unwrap(),
        parent_type: parent.into(),
        field: name.into(),
        return_type: "Post".into(),
        ..FieldReport::default()
    }
}

/// The worked example of the design: static group and owner, update.
pub fn denied_update() -> RequestReport {
    let group_line = "#if( $groupsInToken.contains($groupRole.entity) )";
    let owner_line = "#if( $ownerEntity0 == $ownerClaim0 || $ownerClaimsList0.contains($ownerEntity0) )";
    let end_line = "#if( !$isAuthorized && $allowedFields.isEmpty() && $nullAllowedFields.isEmpty() )";
    let mut group = condition(
        site(UPDATE, 16, group_line, "$groupsInToken.contains($groupRole.entity)"),
        false,
        "claim cognito:groups is [\"Editors\"], the role is \"Admin\"",
    );
    group.operands = vec![
        operand("$groupsInToken", json!(["Editors"]), Some("claim cognito:groups")),
        Operand {
            set_at: Some(site(UPDATE, 13, "#set( $groupsInToken = [] )", "#set( $groupsInToken = [] )")),
            ..operand("$groupRole.entity", json!("Admin"), Some("literal at 14:31"))
        },
    ];
    let owner = condition(
        site(UPDATE, 31, owner_line, &owner_line[5..owner_line.len() - 2]),
        false,
        "record owner \"u2::eve\"; your claims give \"u1::bob\", \"u1\", \"bob\"",
    );
    let end = condition(
        site(UPDATE, 44, end_line, &end_line[5..end_line.len() - 2]),
        true,
        "nothing set $isAuthorized after line 9",
    );
    let denied = cause("group-missing", "the token's groups [\"Editors\"] include none of [\"Admin\"]");
    RequestReport {
        source: source("failure.har", 14),
        at: Some("2026-01-15T12:00:00Z".into()),
        clock: Some("capture"),
        operation: Some(Operation { kind: "mutation", name: Some("UpdatePost".into()) }),
        decision: Decision::Denied,
        stage: Some(Stage::Resolver),
        cause: denied.clone(),
        gate: user_pool(
            "access",
            "…f3Kx9Q",
            vec![check("token-expired", Verdict::Pass, "exp 2026-01-15T13:00:00Z", "after 2026-01-15T12:00:00Z")],
        ),
        identity: bob(),
        fields: vec![FieldReport {
            decision: Decision::Denied,
            stage: Some(Stage::Resolver),
            error: unauthorized("updatePost", "Mutation"),
            site: Some(site(UPDATE, 45, "$util.unauthorized()", "$util.unauthorized()")),
            because: vec![end],
            rules: vec![
                rule(
                    1,
                    "staticGroup",
                    Some((14, "{ allow: groups, groups: [\"Admin\"] }")),
                    group,
                    "\"Admin\" in cognito:groups",
                ),
                rule(2, "owner", Some((15, "{ allow: owner }")), owner, "the record's owner to be you"),
            ],
            fixes: vec![
                fix("claim cognito:groups also contains \"Admin\""),
                fix("record Post 1 has owner \"u1::bob\""),
            ],
            cause: denied,
            ..field("Mutation", "updatePost", json!(["updatePost"]))
        }],
        response: Some(HttpResponse { status: 200, body: json!({ "data": { "updatePost": null } }) }),
        recorded: Some(HttpResponse { status: 200, body: json!({ "data": { "updatePost": null } }) }),
        reproduced: Some(true),
        notes: vec!["the order of the groups in the token is taken as the claim has it".into()],
        ..RequestReport::default()
    }
}

/// A template of a hand-written API: no schema beside it, no words, a loop of roles, an error with a message.
pub fn denied_by_hand() -> RequestReport {
    let template = "resolvers/Mutation.shipOrder.req.vtl";
    let line = "\t\t#if($ctx.identity.claims[\"custom:desk\"] == $desk)";
    let text = "$ctx.identity.claims[\"custom:desk\"] == $desk";
    let desk = |name: &str| Condition {
        operands: vec![
            operand("$ctx.identity.claims[\"custom:desk\"]", Json::Null, Some("claim custom:desk")),
            operand("$desk", json!(name), None),
        ],
        ..condition(site(template, 7, line, text), false, "")
    };
    let stop = "\t\t$util.error(\"only the desks that ship may do this, and you are at none of them\", \"Forbidden\", $ctx.args)";
    let mut request = denied_update();
    request.reproduced = Some(false);
    request.differences = vec![
        "errors[0].message: the capture says \"Cannot return null for non-nullable type\", the replay \"only the desks that ship may do this, and you are at none of them\"".into(),
    ];
    request.fields = vec![FieldReport {
        decision: Decision::Denied,
        stage: Some(Stage::Resolver),
        error: Some(FieldError {
            message: "only the desks that ship may do this, and you are at none of them".into(),
            error_type: Some("Forbidden".into()),
        }),
        site: Some(site(template, 12, stop, stop.trim())),
        because: vec![condition(site(template, 11, "\t#if(!$allowed)", "!$allowed"), true, "")],
        rules: ["north", "south", "east"]
            .iter()
            .enumerate()
            .map(|(at, name)| rule(at + 1, "custom", None, desk(name), &format!("claim custom:desk to be \"{name}\"")))
            .collect(),
        cause: cause(
            "claim-missing-in-access-token",
            "claim custom:desk is absent: this is an access token, and Cognito puts custom attributes into ID tokens only",
        ),
        hazards: vec![Hazard {
            code: "null-keeps-old-value",
            site: Some(site(template, 4, "#set($desk = $ctx.stash.desk)", "#set($desk = $ctx.stash.desk)")),
            text: "#set with a null right side kept the old value of $desk".into(),
        }],
        ..field("Mutation", "shipOrder", json!(["ship"]))
    }];
    request
}

/// An expired token.
pub fn refused() -> RequestReport {
    RequestReport {
        source: source("failure.har", 3),
        at: Some("2026-01-15T12:05:40Z".into()),
        clock: Some("capture"),
        operation: Some(Operation { kind: "query", name: Some("ListPosts".into()) }),
        decision: Decision::Denied,
        stage: Some(Stage::Gate),
        cause: cause("token-expired", "the token expired 4 h 3 min before the request was sent"),
        gate: Some(Gate {
            outcome: GateOutcome::Refused,
            status: 401,
            error_type: Some("UnauthorizedException".into()),
            message: Some("Token has expired.".into()),
            checks: vec![
                check("no-credential", Verdict::Pass, "Authorization holds a bare JWT", ""),
                check(
                    "issuer-mismatch",
                    Verdict::Pass,
                    "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbC123",
                    "",
                ),
                check(
                    "token-expired",
                    Verdict::Fail,
                    "exp 2026-01-15 08:02:11Z: 4 h 3 min late",
                    "after 2026-01-15 12:05:40Z",
                ),
                check("client-id-mismatch", Verdict::Skipped, "", ""),
                check("signature-invalid", Verdict::Unknown, "no --jwks", ""),
            ],
            ..user_pool("access", "…f3Kx9Q", vec![]).unwrap()
        }),
        identity: bob(),
        response: Some(HttpResponse { status: 401, body: json!({ "errors": [] }) }),
        reproduced: Some(true),
        ..RequestReport::default()
    }
}

/// A capture that lost its header.
pub fn undecided() -> RequestReport {
    let why = "the capture lost its Authorization header (Chrome's sanitized HAR drops it); the API answered 200";
    RequestReport {
        source: source("shop.har", 1),
        operation: Some(Operation { kind: "query", name: Some("ListOrders".into()) }),
        decision: Decision::Undecided,
        fields: vec![FieldReport {
            decision: Decision::Undecided,
            ..field("Query", "listOrders", json!(["listOrders"]))
        }],
        gate: Some(Gate {
            outcome: GateOutcome::Undecided,
            mode: None,
            credential: Some(Credential { kind: "none", shown: None, token_use: None }),
            status: 200,
            error_type: None,
            message: None,
            checks: vec![check("no-credential", Verdict::Unknown, "the header may have been there", "")],
        }),
        missing: vec![
            Missing {
                fact: "identity".into(),
                why: why.into(),
                give_by: "--identity FILE".into(),
                ..Missing::default()
            },
            Missing {
                fact: "iam policy".into(),
                why: "role worker has policies that no file here holds".into(),
                give_by: "--identity FILE (policies)".into(),
                ..Missing::default()
            },
        ],
        ..RequestReport::default()
    }
}

/// A nested field whose type has no directive.
pub fn denied_by_schema() -> RequestReport {
    let denied = cause(
        "type-lacks-directive",
        "API key was used. Author has no directive, so it admits only the API's default mode, user pool.",
    );
    let author = |name: &str, at: usize| FieldReport {
        decision: Decision::Denied,
        stage: Some(Stage::Schema),
        error: unauthorized(name, "Author"),
        because: vec![
            condition(
                site("schema.graphql", 41, "type Author {", "type Author"),
                false,
                "admits: user pool (API default)",
            ),
            condition(site("schema.graphql", 12, "type Post @aws_api_key", "@aws_api_key"), true, "admits: API key"),
        ],
        fixes: vec![
            fix("type Author @aws_api_key @aws_cognito_user_pools"),
            fix("the request sent with a user-pool token"),
        ],
        cause: denied.clone(),
        ..field("Author", name, json!(["listPosts", "items", at, "author", name]))
    };
    let mut fields = vec![FieldReport {
        decision: Decision::Filtered,
        stage: Some(Stage::Propagation),
        cause: cause("null-propagated", "author is null, because its id (ID!) was denied"),
        ..field("Query", "listPosts", json!(["listPosts"]))
    }];
    for at in 0..4 {
        fields.extend(["bio", "id", "name"].map(|name| author(name, at)));
    }
    RequestReport {
        source: source("shop.har", 9),
        operation: Some(Operation { kind: "query", name: None }),
        decision: Decision::Denied,
        stage: Some(Stage::Schema),
        cause: denied.clone(),
        gate: Some(Gate {
            mode: Some("API_KEY"),
            credential: Some(Credential { kind: "apiKey", shown: Some("…q7w2xy".into()), token_use: None }),
            ..user_pool("", "", vec![]).unwrap()
        }),
        fields,
        response: Some(HttpResponse { status: 200, body: Json::Null }),
        ..RequestReport::default()
    }
}

pub fn allowed() -> RequestReport {
    RequestReport {
        source: source("shop.har", 2),
        operation: Some(Operation { kind: "query", name: None }),
        gate: user_pool("id", "…9QmA1c", vec![]),
        identity: bob(),
        fields: vec![
            field("Query", "listPosts", json!(["listPosts"])),
            FieldReport {
                hazards: vec![Hazard {
                    code: "aws-auth-ignored",
                    site: None,
                    text: "@aws_auth has no effect here: the API has several modes".into(),
                }],
                ..field("Query", "getPost", json!(["first"]))
            },
        ],
        response: Some(HttpResponse { status: 200, body: Json::Null }),
        reproduced: Some(true),
        ..RequestReport::default()
    }
}

pub fn filtered() -> RequestReport {
    let template = "resolvers/Query.listNotes.auth.1.req.vtl";
    let line = "  #set( $filter = { \"or\": $authFilter } )";
    let withheld = cause("rows-withheld", "2 of 3 rows were withheld: their owner is not you (\"u1::bob\")");
    RequestReport {
        decision: Decision::Filtered,
        stage: Some(Stage::Resolver),
        cause: withheld.clone(),
        fields: vec![FieldReport {
            decision: Decision::Filtered,
            stage: Some(Stage::Resolver),
            site: Some(site(template, 24, line, "{ \"or\": $authFilter }")),
            because: vec![Condition {
                site: Site {
                    template: "table Note, ids \"2\", \"3\"".into(),
                    line: 0,
                    column: 0,
                    end_line: 0,
                    end_column: 0,
                    text: String::new(),
                    source_line: String::new(),
                },
                ..condition(
                    site(template, 24, line, "$authFilter"),
                    false,
                    "owner is \"u2::eve\", the filter asks for one of \"u1::bob\", \"u1\", \"bob\"",
                )
            }],
            cause: withheld,
            ..field("Query", "listNotes", json!(["listNotes"]))
        }],
        ..allowed()
    }
}

/// Fourteen requests of one capture.
pub fn many() -> Vec<RequestReport> {
    let at = |request: RequestReport, entry: usize| RequestReport { source: source("shop.har", entry), ..request };
    let mut requests: Vec<RequestReport> = (20..29).map(|entry| at(allowed(), entry)).collect();
    requests.push(at(refused(), 3));
    requests.push(at(denied_update(), 5));
    requests.push(at(denied_update(), 6));
    requests.push(at(denied_by_schema(), 9));
    requests.push(at(undecided(), 12));
    requests.sort_by_key(|request| request.source.as_ref().and_then(|source| source.entry));
    requests
}

/// A denial with more rules, conditions and text than a screen takes.
pub fn huge() -> RequestReport {
    let mut request = denied_update();
    let groups: Vec<String> = (0..300).map(|at| format!("group-{at}")).collect();
    let lead = request.fields.first_mut().unwrap();
    lead.rules = (1..=40)
        .map(|id| {
            let number = u32::try_from(id).unwrap() * 3;
            let line = format!("    #if( $groupsInToken.contains($role{id}) )");
            let text = format!("$groupsInToken.contains($role{id})");
            let blocked = Condition {
                operands: vec![operand("$groupsInToken", json!(groups), Some("claim cognito:groups"))],
                ..condition(site(UPDATE, number, &line, &text), false, "")
            };
            let auth = format!("{{ allow: groups, groups: [\"role{id}\"] }}");
            let auth = (id == 31).then_some((31, auth.as_str()));
            rule(id, if id % 10 == 1 { "staticGroup" } else { "private" }, auth, blocked, &format!("group role{id}"))
        })
        .collect();
    lead.because = (0..12).map(|at| condition(site(UPDATE, 200 + at, "  #if( $x )", "$x"), true, "it is so")).collect();
    lead.site = Some(site(UPDATE, 300, "    $util.unauthorized()", "$util.unauthorized()"));
    lead.cause = cause("group-missing", &format!("the token's groups {groups:?} include none of them"));
    request
}
