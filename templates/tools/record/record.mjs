#!/usr/bin/env node
// Records tests/recordings: Chromium, driven by Playwright, and curl talk to endpoint.mjs, and what they write
// about it is kept as they write it. Needs chromium, curl and openssl.
//
//   npm install && node record.mjs
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { devtools } from './devtools.mjs';
import { start } from './endpoint.mjs';
import { API_KEY, HOST, REALTIME, UNKNOWN_KEY, tokens } from './people.mjs';

const OUT = fileURLToPath(new URL('../../../tests/recordings/', import.meta.url));
const URL_ = `https://${HOST}/graphql`;
const ORIGIN = 'https://blog.example.com/';
const server = await start();
const { port } = server.address();

const field = (kind, name, args, call, leaves) => `${kind} ${name}(${args}) {\n  ${call} {\n${leaves.map((leaf) => `    ${leaf}\n`).join('')}    __typename\n  }\n}\n`;
const GET_POST = field('query', 'GetPost', '$id: ID!', 'getPost(id: $id)', ['id', 'title']);
const GET_DRAFT = field('query', 'GetDraft', '$id: ID!', 'getDraft(id: $id)', ['id', 'title']);
const UPDATE_POST = field('mutation', 'UpdatePost', '$input: UpdatePostInput!', 'updatePost(input: $input)', ['id', 'title', 'owner']);
const CREATE_COMMENT = field('mutation', 'CreateComment', '$input: CreateCommentInput!', 'createComment(input: $input)', ['id', 'content']);
const ON_CREATE_COMMENT = 'subscription OnCreateComment($owner: String) {\n  onCreateComment(owner: $owner) {\n    id\n    content\n    __typename\n  }\n}\n';
const rename = { query: UPDATE_POST, variables: { input: { id: 'post-1', title: 'Ten birds you will meet in town' } } };
const comment = { query: CREATE_COMMENT, variables: { input: { postID: 'post-1', content: 'Lovely!' } } };
const post = { query: GET_POST, variables: { id: 'post-2' } };
const draft = { query: GET_DRAFT, variables: { id: 'draft-1' } };

fs.rmSync(OUT, { recursive: true, force: true });
fs.mkdirSync(OUT, { recursive: true });

// ---------------------------------------------------------------- the browser

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', `--host-resolver-rules=MAP *:443 127.0.0.1:${port}`],
});

/** A page of the app; `recordHar` is Playwright's own. */
async function page(har) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...(har ? { recordHar: { path: path.join(OUT, `${har}.har`), content: 'embed' } } : {}) });
  const opened = await context.newPage();
  const network = har ? undefined : await devtools(opened);
  await opened.goto(ORIGIN);
  return { context, page: opened, network };
}

/** What the app does: `fetch` as AWS's clients call it. */
const call = (opened, headers, body, method = 'POST') => opened.evaluate(async ([url, headers, body, method]) => {
  const sent = { 'content-type': 'application/json; charset=UTF-8', 'x-amz-user-agent': 'aws-amplify/6.15.9 api/1 framework/2', ...headers };
  const answer = method === 'GET'
    ? await fetch(`${url}?${new URLSearchParams({ query: body.query, variables: JSON.stringify(body.variables) })}`, { headers: sent })
    : await fetch(url, { method, headers: sent, body: JSON.stringify(body) });
  return answer.text();
}, [URL_, headers, body, method]);

async function recorded(name, ...calls) {
  const { context, page: opened } = await page(name);
  for (const [headers, body, method] of calls) await call(opened, headers, body, method);
  await context.close();
}

await recorded('playwright-denied-update', [{ authorization: tokens.bobAccess }, rename]);
await recorded('playwright-expired-token', [{ authorization: tokens.eveExpired }, draft], [{ authorization: tokens.eveAccess }, draft]);
await recorded('playwright-no-credential', [{}, post]);
await recorded('playwright-api-key', [{ 'x-api-key': API_KEY }, post], [{ 'x-api-key': API_KEY }, comment]);
await recorded('playwright-unknown-api-key', [{ 'x-api-key': UNKNOWN_KEY }, post]);
await recorded('playwright-get', [{ authorization: `Bearer ${tokens.bobId}` }, draft, 'GET']);

/** A conversation over the real-time protocol; ends when the server has answered the last message, or hung up. */
const talk = (opened, protocols, connect, starts) => opened.evaluate(([url, protocols, starts]) => new Promise((done) => {
  const socket = new WebSocket(url, protocols);
  let waiting = starts.length;
  socket.onopen = () => socket.send(JSON.stringify({ type: 'connection_init' }));
  socket.onclose = () => done();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === 'connection_ack') {
      for (const [at, [body, authorization]] of starts.entries()) {
        socket.send(JSON.stringify({ id: `sub-${at + 1}`, payload: { data: JSON.stringify(body), extensions: { authorization } }, type: 'start' }));
      }
    }
    if (['start_ack', 'error'].includes(message.type) && --waiting === 0) socket.close();
  };
}), [`wss://${REALTIME}/graphql${connect}`, protocols, starts]);

const credentials = (more) => ({ host: HOST, ...more });
const base64 = (o) => Buffer.from(JSON.stringify(o)).toString('base64');

async function inDevtools(name, options, act) {
  const { context, page: opened, network } = await page();
  await act(opened);
  await opened.waitForTimeout(300);
  fs.writeFileSync(path.join(OUT, `${name}.har`), JSON.stringify(await network(options), null, 1) + '\n');
  await context.close();
}

await inDevtools('devtools-session', {}, async (opened) => {
  await call(opened, { authorization: tokens.bobAccess }, draft);
  await call(opened, { 'x-api-key': API_KEY }, post);
});
await inDevtools('devtools-sanitized', { sanitized: true }, (opened) => call(opened, { authorization: tokens.bobAccess }, rename));
await inDevtools('devtools-websocket', {}, (opened) => talk(opened, 'graphql-ws', `?header=${encodeURIComponent(base64(credentials({ Authorization: tokens.eveAccess })))}&payload=e30=`, [
  [{ query: ON_CREATE_COMMENT, variables: {} }, credentials({ Authorization: tokens.eveAccess })],
  [{ query: ON_CREATE_COMMENT, variables: { owner: 'bob' } }, credentials({ Authorization: tokens.eveAccess })],
]));
await inDevtools('devtools-websocket-refused', {}, (opened) => talk(opened, ['graphql-ws', `header-${Buffer.from(JSON.stringify(credentials({ 'x-api-key': UNKNOWN_KEY }))).toString('base64url')}`], '', []));
await browser.close();

// ---------------------------------------------------------------- curl

// What only this endpoint needs stands in a file, so that the commands are what anybody would type.
const home = fs.mkdtempSync(path.join(os.tmpdir(), 'record-'));
fs.writeFileSync(path.join(home, '.curlrc'), `insecure\nsilent\nno-progress-meter\nconnect-to = "${HOST}:443:127.0.0.1:${port}"\n`);
const quoted = (word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

function curl(name, args, { output }) {
  // Not synchronously: the endpoint lives in this process.
  return new Promise((done, fail) => {
    execFile('curl', args, { env: { ...process.env, CURL_HOME: home } }, (error, stdout, stderr) => {
      if (error) return fail(error);
      const command = ['curl', ...args].map(quoted).join(' ') + '\n';
      fs.writeFileSync(path.join(OUT, `${name}.txt`), command + (output ? stderr + stdout + '\n' : ''));
      done();
    });
  });
}

const request = (headers, body) => [URL_, ...headers.flatMap((header) => ['-H', header]), '-H', 'Content-Type: application/json', '--data-raw', JSON.stringify(body)];
await curl('curl-command', request([`Authorization: ${tokens.bobAccess}`], rename), { output: false });
await curl('curl-i-expired-token', ['-i', ...request([`Authorization: ${tokens.eveExpired}`], draft)], { output: true });
await curl('curl-i-denied', ['-i', ...request([`Authorization: Bearer ${tokens.bobId}`], draft)], { output: true });
await curl('curl-v-unknown-api-key', ['-v', ...request([`x-api-key: ${UNKNOWN_KEY}`], post)], { output: true });
fs.rmSync(home, { recursive: true });
server.close();
server.closeAllConnections();

const size = fs.readdirSync(OUT).map((file) => fs.statSync(path.join(OUT, file)).size).reduce((a, b) => a + b);
console.log(`${fs.readdirSync(OUT).length} captures, ${size} bytes`);
