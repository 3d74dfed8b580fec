// A stand-in for AppSync with the modes of templates/blog: the API key and the user pool. It checks credentials and words
// its refusals as the service does, over HTTP and over the real-time protocol (graphql-ws). What resolvers answer is
// written down here: vtlens has to come to the same by running the templates.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { API_KEY, ISSUER } from './people.mjs';

const refusal = (message, errorType = 'UnauthorizedException') => ({ status: 401, errorType, message });

/** Who is calling, or how he is refused. */
function caller(credentials) {
  const of = (name) => Object.entries(credentials).find(([key]) => key.toLowerCase() === name)?.[1];
  const authorization = of('authorization'), apiKey = of('x-api-key');
  if (authorization) {
    const parts = authorization.replace(/^Bearer /i, '').split('.');
    let claims;
    try { claims = JSON.parse(Buffer.from(parts[1], 'base64url')); } catch { /* no JWT */ }
    if (parts.length !== 3 || claims?.iss !== ISSUER) return { refused: refusal('Valid authorization header not provided.') };
    if (claims.exp * 1000 <= Date.now()) return { refused: refusal('Token has expired.') };
    return { mode: 'userPool', name: claims.username ?? claims['cognito:username'] };
  }
  if (apiKey) return apiKey === API_KEY ? { mode: 'apiKey' } : { refused: refusal('You are not authorized to make this call.') };
  return { refused: refusal('Valid authorization header not provided.') };
}

/** One error as AppSync writes it; the place is that of the field in the document. */
function denied(query, field, parent) {
  const lines = query.split('\n'), line = lines.findIndex((l) => new RegExp(`^\\s+${field}\\b`).test(l));
  return { path: [field], data: null, errorType: 'Unauthorized', errorInfo: null, locations: [{ line: line + 1, column: lines[line].search(/\S/) + 1, sourceName: null }], message: `Not Authorized to access ${field} on type ${parent}` };
}

const POST_2 = { id: 'post-2', title: 'A pond in a bucket', __typename: 'Post' };
const ANSWERS = {
  GetPost: () => ({ data: { getPost: POST_2 } }),
  UpdatePost: (who, { query }) => ({ data: { updatePost: null }, errors: [denied(query, 'updatePost', 'Mutation')] }),
  CreateComment: (who, { query }) => ({ data: { createComment: null }, errors: [denied(query, 'createComment', 'Mutation')] }),
  GetDraft: (who, { query }) => (who.name === 'eve'
    ? { data: { getDraft: { id: 'draft-1', title: 'Winter feeding', __typename: 'Draft' } } }
    : { data: { getDraft: null }, errors: [denied(query, 'getDraft', 'Query')] }),
};

function graphql(req, url, text) {
  const who = caller(req.headers);
  if (who.refused) return { status: who.refused.status, errorType: who.refused.errorType, body: { errors: [{ errorType: who.refused.errorType, message: who.refused.message }] } };
  let asked;
  try { asked = req.method === 'GET' ? Object.fromEntries(url.searchParams) : JSON.parse(text); } catch { asked = {}; }
  if (!asked?.query) return { status: 400, errorType: 'MalformedHttpRequestException', body: { errors: [{ errorType: 'MalformedHttpRequestException', message: text ? 'Unable to parse GraphQL query.' : 'Request body is empty.' }] } };
  const operation = asked.operationName ?? /\b(?:query|mutation)\s+(\w+)/.exec(asked.query)?.[1];
  return { status: 200, body: ANSWERS[operation](who, asked) };
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version',
};

function answer(req, res) {
  const url = new URL(req.url, `https://${req.headers.host}`);
  if (url.pathname !== '/graphql') {
    res.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><html><head><link rel="icon" href="data:,"><title>blog</title></head><body></body></html>\n');
  } else if (req.method === 'OPTIONS') {
    const headers = req.headers['access-control-request-headers'] ?? '';
    res.writeHead(200, { ...CORS, 'access-control-allow-headers': headers, 'access-control-allow-methods': 'POST, GET, OPTIONS', 'access-control-max-age': '172800' }).end();
  } else {
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
      const { status, errorType, body } = graphql(req, url, Buffer.concat(chunks).toString());
      res.writeHead(status, { ...CORS, 'content-type': 'application/json;charset=UTF-8', 'x-amzn-requestid': randomUUID(), ...(errorType ? { 'x-amzn-errortype': errorType } : { 'x-amzn-appsync-tokensconsumed': '1' }) }).end(JSON.stringify(body));
    });
  }
}

/** The real-time protocol: credentials in the URL's `header`, or in a sub-protocol; each `start` brings its own. */
function realtime(socket, request) {
  const url = new URL(request.url, 'https://x');
  const protocol = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((p) => p.trim()).find((p) => p.startsWith('header-'));
  const given = url.searchParams.get('header') ?? protocol?.slice('header-'.length) ?? 'e30=';
  const connect = caller(JSON.parse(Buffer.from(given, 'base64').toString()));
  const send = (message) => socket.send(JSON.stringify(message));
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString());
    if (message.type === 'connection_init') {
      if (connect.refused) {
        send({ payload: { errors: [{ message: 'You are not authorized to make this call.', errorCode: 401, errorType: 'UnauthorizedException' }] }, type: 'connection_error' });
        return void socket.close();
      }
      send({ payload: { connectionTimeoutMs: 300000 }, type: 'connection_ack' });
      send({ type: 'ka' });
    } else if (message.type === 'start') {
      const who = caller(message.payload.extensions.authorization);
      const field = /\{\s*(\w+)/.exec(JSON.parse(message.payload.data).query)[1];
      if (who.refused) send({ id: message.id, type: 'error', payload: { errors: [{ errorType: who.refused.errorType, message: who.refused.message, errorCode: 401 }] } });
      // The rules of Post let only its owners and groups listen; an API key may read, which listening is part of.
      else if (field === 'onCreateComment' && who.mode === 'userPool' && who.name === 'eve' && JSON.parse(message.payload.data).variables?.owner === 'bob') {
        send({ id: message.id, type: 'error', payload: { errors: [{ errorType: 'Unauthorized', message: `Not Authorized to access ${field} on type Subscription` }] } });
      } else send({ id: message.id, type: 'start_ack' });
    } else if (message.type === 'stop') send({ id: message.id, type: 'complete' });
  });
}

/** Starts the endpoint; its certificate is made for this one time. */
export function start() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'record-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const server = https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, answer);
  fs.rmSync(folder, { recursive: true });
  // Of the protocols offered the service takes the first; `header-…` only carries the credentials.
  new WebSocketServer({ server, path: '/graphql', handleProtocols: () => 'graphql-ws' }).on('connection', realtime);
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}
