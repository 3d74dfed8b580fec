#!/usr/bin/env node
// Changes one @auth rule of a schema at a time, builds each changed schema, and writes what differs from the build of the
// schema as it is: the mutants that tests/mutants.rs holds `vtlens test` and `vtlens diff` against.
//
//   node mutate.mjs --schema S.graphql [--config C.json] --generate COMMAND --out MUTANTS.jsonl.gz [--keep DIR]
//
// COMMAND builds {schema} into {out}, such as 'node generate-v2.mjs --schema {schema} --name blog --out {out}'.
// --config tells the API's modes (generate-v2.mjs says how); without it: user pool and API key. --keep leaves the builds
// in DIR, `original` and one folder a mutant. Needs `npm install` in ./v2 first, for its GraphQL parser.
//
// A line is one mutant: `id`, `kind`, the rule's `line` in the schema, `before` and `after`; then either `files`, or
// `same: true` where the build has the same bytes, or `refused` with the transformer's words. `files` gives for a path
// the edits to the file, in order, each [AT, COUNT, TEXT]: in place of COUNT lines after the first AT stands TEXT; null: the
// file goes.
import { execSync } from 'node:child_process';
import { createRequire } from 'node:module';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const { parse, visit } = createRequire(path.join(HERE, 'v2', 'package.json'))('graphql');

const opt = (n) => { const i = process.argv.indexOf('--' + n); return i < 0 ? undefined : process.argv[i + 1]; };
const schema = fs.readFileSync(opt('schema'), 'utf8');
const config = opt('config') ? JSON.parse(fs.readFileSync(opt('config'), 'utf8')) : {};
const modes = config.modes ?? (config.auth ? [config.auth.default, ...(config.auth.additional ?? [])] : ['AMAZON_COGNITO_USER_POOLS', 'API_KEY']);
const source = (node) => schema.slice(node.loc.start, node.loc.end);

// A rule as a map from its keys to the text of their values.
const text = (rule) => `{${Object.entries(rule).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${v}`).join(', ')}}`;

// What a rule can be changed to, by kind; an empty text takes it out.
function* changes(rule, ofOperation) {
  yield ['remove', ''];
  if (rule.operations) yield ['any-operation', text({ ...rule, operations: undefined })];
  const wider = widened(rule);
  if (wider) yield ['widen', text({ ...wider, operations: rule.operations })];
  if (rule.groups) yield ['group', text({ ...rule, groups: rule.groups.replace(/"[^"]*"/, '"Others"') })];
  if (rule.groupsField) yield ['group', text({ ...rule, groupsField: '"otherGroups"' })];
  if (rule.allow === 'owner') yield ['owner', text({ ...rule, ownerField: '"otherOwner"' })];
  for (const claim of ['groupClaim', 'identityClaim']) if (rule[claim]) yield ['claim', text({ ...rule, [claim]: undefined })];
  if (!ofOperation) yield ['narrow', text({ ...rule, operations: narrowed(rule.operations) })];
}

// The next larger circle of callers that the API's modes know.
function widened({ allow, provider }) {
  if (allow === 'owner' || allow === 'groups') return { allow: 'private', provider };
  if (allow !== 'private') return undefined;
  if (provider === 'identityPool' || provider === 'iam') return { allow: 'public', provider };
  if (modes.includes('API_KEY')) return { allow: 'public', provider: 'apiKey' };
  return modes.includes('AWS_IAM') ? { allow: 'public', provider: 'identityPool' } : undefined;
}

function narrowed(operations) {
  const names = operations?.match(/\w+/g) ?? ['read', ''];
  return names.length > 1 ? `[${names.slice(0, -1).join(', ')}]` : names[0] === 'read' ? '[get]' : '[read]';
}

function* mutants() {
  const found = [];
  visit(parse(schema), {
    Directive(node, _key, _parent, _path, ancestors) {
      const list = node.name.value === 'auth' && node.arguments.find((a) => a.name.value === 'rules')?.value;
      if (list) found.push({ node, list, owners: ancestors.filter((a) => a.name && !Array.isArray(a)).map((a) => a.name.value) });
    },
  });
  for (const { node, list, owners } of found) {
    const rules = list.values.map((r) => Object.fromEntries(r.fields.map((f) => [f.name.value, source(f.value)])));
    for (const [at, rule] of rules.entries()) {
      for (const [kind, after] of changes(rule, ['Query', 'Mutation', 'Subscription'].includes(owners[0]))) {
        const rest = list.values.map((r, i) => (i === at ? after : source(r))).filter(Boolean);
        const [span, put] = rest.length ? [list.loc, `[${rest.join(', ')}]`] : [node.loc, ''];
        yield {
          id: `${owners.join('.')}.${at + 1}.${kind}`, kind, line: list.values[at].loc.startToken.line, before: text(rule), after,
          schema: schema.slice(0, span.start) + put + schema.slice(span.end),
        };
      }
    }
  }
}

const scratch = opt('keep') ?? fs.mkdtempSync(path.join(os.tmpdir(), 'mutants-'));
fs.mkdirSync(scratch, { recursive: true });

// The files of a schema's build, or what the transformer has against it.
function build(name, text) {
  const file = path.join(scratch, 'schema.graphql'), out = path.join(scratch, name);
  fs.writeFileSync(file, text);
  try {
    execSync(opt('generate').replaceAll('{schema}', file).replaceAll('{out}', out), { stdio: 'pipe', env: { ...process.env, JSII_DEPRECATED: 'quiet' } });
  } catch (e) {
    fs.rmSync(out, { recursive: true, force: true });
    return { refused: `${e.stdout}\n${e.stderr}`.match(/[A-Za-z]*Error: .*/)?.[0] ?? String(e.message) };
  }
  const files = new Map();
  for (const entry of fs.readdirSync(out, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile()) files.set(path.relative(out, file).split(path.sep).join('/'), fs.readFileSync(file, 'utf8'));
  }
  // The folder that Amplify uploads to is named after the schema's text.
  if (files.has('parameters.json')) files.set('parameters.json', files.get('parameters.json').replace(/amplify-appsync-files\/\w+/, ''));
  return { files };
}

// What makes the lines `b` of the lines `a`: the longest common subsequence stays.
function edits(a, b) {
  let start = 0, end = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [n, m] = [a.length - start - end, b.length - start - end];
  const common = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      common[i][j] = a[start + i] === b[start + j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const found = [];
  for (let i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && a[start + i] === b[start + j]) { i++; j++; continue; }
    const [from, to] = [i, j];
    while ((i < n || j < m) && !(i < n && j < m && a[start + i] === b[start + j])) {
      if (j === m || (i < n && common[i + 1][j] >= common[i][j + 1])) i++; else j++;
    }
    found.push([start + from, i - from, b.slice(start + to, start + j).join('')]);
  }
  return found;
}

const lines = (text) => text.match(/.*\n|.+$/g) ?? [];

function difference(from, to) {
  const files = {};
  for (const name of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    if (!to.has(name)) files[name] = null;
    else if (from.get(name) !== to.get(name)) files[name] = edits(lines(from.get(name) ?? ''), lines(to.get(name)));
  }
  return files;
}

const original = build('original', schema);
if (original.refused) throw new Error(original.refused);
const written = [], tally = { changed: 0, same: 0, refused: 0 };
for (const { schema: changed, ...mutant } of mutants()) {
  const built = build(mutant.id, changed);
  const files = built.files && difference(original.files, built.files);
  const what = built.refused ? { refused: built.refused } : Object.keys(files).length ? { files } : { same: true };
  tally[what.files ? 'changed' : Object.keys(what)[0]]++;
  written.push(JSON.stringify({ ...mutant, ...what }));
}
fs.rmSync(path.join(scratch, 'schema.graphql'));
if (!opt('keep')) fs.rmSync(scratch, { recursive: true });
fs.writeFileSync(opt('out'), zlib.gzipSync(written.join('\n') + '\n', { level: 9 }));
console.log(`${opt('out')}: ${written.length} mutants: ${tally.changed} change the build, ${tally.same} do not, ${tally.refused} are refused`);
