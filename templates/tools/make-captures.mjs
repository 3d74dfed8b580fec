#!/usr/bin/env node
// Writes the sample captures (../*/captures/*.har) and the key sets (../*/jwks.json) beside them.
// The answers were worked out by reading the templates; they are in the form AppSync gives them.
// Everything here is invented; the tokens are signed with test-key.pem. Same script, same bytes.
//
//   node make-captures.mjs
import { createHash, createHmac, createPrivateKey, createPublicKey, createSign } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const pem = fs.readFileSync(path.join(HERE, 'test-key.pem'), 'utf8');
const key = createPrivateKey(pem.slice(pem.indexOf('-----BEGIN')));
const { n, e } = createPublicKey(key).export({ format: 'jwk' });
const NOON = Date.parse('2026-01-15T12:00:00.000Z');

const sha = (s) => createHash('sha256').update(s).digest('hex');
const uuid = (s) => { const h = sha(s); return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20, 32)}`; };
const letters = (s, len, abc = 'abcdefghijklmnopqrstuvwxyz234567') => [...createHash('sha512').update(s).digest()].slice(0, len).map((b) => abc[b % abc.length]).join('');
const b64 = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');

// ---------------------------------------------------------------- people and tokens

const kid = (api) => createHash('sha256').update('kid ' + api).digest('base64');
const jwk = (api) => ({ kid: kid(api), kty: 'RSA', alg: 'RS256', use: 'sig', n, e });
function sign(api, payload) {
  const head = b64({ kid: kid(api), alg: 'RS256' }) + '.' + b64(payload);
  return head + '.' + createSign('RSA-SHA256').update(head).sign(key).toString('base64url');
}
// A Cognito token of one login: signed in `age` minutes before the capture, good for an hour.
function cognito(api, pool, use, who, { age = 8, groups, attributes = {} } = {}) {
  const iat = NOON / 1000 - age * 60;
  const client_id = letters('client ' + api, 26, 'abcdefghijklmnopqrstuvwxyz0123456789');
  const common = { sub: who.sub, ...(groups ? { 'cognito:groups': groups } : {}) };
  const ids = { origin_jti: uuid(`origin ${api} ${who.name}`), event_id: uuid(`event ${api} ${who.name}`) };
  const times = { auth_time: iat, exp: iat + 3600, iat, jti: uuid(`jti ${api} ${who.name} ${use} ${age}`) };
  const iss = `https://cognito-idp.us-east-1.amazonaws.com/${pool}`;
  return sign(api, use === 'id'
    ? { ...common, email_verified: true, iss, 'cognito:username': who.name, ...ids, aud: client_id, token_use: 'id', ...times, email: `${who.name}@example.com`, ...attributes }
    : { ...common, iss, client_id, ...ids, token_use: 'access', scope: 'aws.cognito.signin.user.admin', ...times, username: who.name });
}
const apiKey = (api) => 'da2-' + letters('key ' + api, 26, 'abcdefghijklmnopqrstuvwxyz234567');

// ---------------------------------------------------------------- HAR entries as Chrome writes them

const UA = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const list = (o) => Object.entries(o).filter(([, v]) => v !== undefined).map(([name, value]) => ({ name, value: String(value) }));

class Capture {
  entries = []; clock = NOON;
  constructor(api, file) { this.api = api; this.file = file; this.origin = `https://${api.name}.example.com`; this.host = `${api.host}.appsync-api.us-east-1.amazonaws.com`; }
  push({ method, url, type, req, post, status, statusText, res, text, mime, ms }) {
    const u = new URL(url);
    this.entries.push({
      _initiator: { type: type === 'document' ? 'other' : 'script' }, _priority: type === 'document' ? 'VeryHigh' : 'High', _resourceType: type,
      cache: {}, connection: '443', pageref: 'page_1',
      request: {
        method, url, httpVersion: 'http/2.0',
        headers: list({ ':authority': u.host, ':method': method, ':path': u.pathname, ':scheme': 'https', ...req }),
        queryString: [], cookies: [], headersSize: -1, bodySize: post ? Buffer.byteLength(post) : 0,
        ...(post ? { postData: { mimeType: 'application/json; charset=UTF-8', text: post } } : {}),
      },
      response: {
        status, statusText, httpVersion: 'http/2.0', headers: list(res), cookies: [],
        content: { size: Buffer.byteLength(text), mimeType: mime, ...(text ? { text } : {}) },
        redirectURL: '', headersSize: -1, bodySize: -1, _transferSize: Buffer.byteLength(text) + 420, _error: null,
      },
      serverIPAddress: '203.0.113.24', startedDateTime: new Date(this.clock).toISOString(), time: ms,
      timings: { blocked: 1.2, dns: -1, ssl: -1, connect: -1, send: 0.3, wait: ms - 2.1, receive: 0.6, _blocked_queueing: 0.8 },
    });
    this.clock += ms + 140;
  }
  page() {
    const text = '<!doctype html><html><head><title>' + this.api.name + '</title></head><body><div id="root"></div></body></html>\n';
    const at = this.clock; this.clock = at - 900;
    this.push({ method: 'GET', url: this.origin + '/index.html', type: 'document', status: 200, statusText: '', mime: 'text/html', ms: 61, text,
      req: { accept: 'text/html,application/xhtml+xml', 'accept-language': 'en-US,en;q=0.9', 'user-agent': UA },
      res: { 'content-type': 'text/html', date: new Date(this.clock).toUTCString(), 'cache-control': 'no-cache' } });
    this.clock = at;
    return this;
  }
  preflight(headers = 'authorization,content-type,x-amz-user-agent') {
    const at = this.clock; this.clock = at - 120;
    this.push({ method: 'OPTIONS', url: `https://${this.host}/graphql`, type: 'preflight', status: 200, statusText: '', mime: 'text/plain', ms: 44, text: '',
      req: { accept: '*/*', 'access-control-request-headers': headers, 'access-control-request-method': 'POST', origin: this.origin, 'user-agent': UA },
      res: { 'access-control-allow-headers': headers, 'access-control-allow-methods': 'POST, GET, OPTIONS', 'access-control-allow-origin': '*', 'access-control-max-age': '172800', 'content-length': '0', date: new Date(this.clock).toUTCString() } });
    this.clock = at;
    return this;
  }
  // auth: { authorization } | { 'x-api-key' } | { sigv4: {...} };  answer: the response's JSON
  call(auth, query, variables, answer, status = 200) {
    const url = `https://${this.host}/graphql`, post = JSON.stringify({ query, variables });
    const signed = auth.sigv4 ? sigv4(auth.sigv4, this.host, post, new Date(this.clock)) : auth;
    const text = JSON.stringify(answer);
    this.push({ method: 'POST', url, type: 'fetch', post, status, statusText: '', text, mime: 'application/json', ms: 187,
      req: { accept: '*/*', 'accept-language': 'en-US,en;q=0.9', ...signed, 'content-length': Buffer.byteLength(post), 'content-type': 'application/json; charset=UTF-8', origin: this.origin, referer: this.origin + '/', 'user-agent': UA, 'x-amz-user-agent': 'aws-amplify/6.15.9 api/1 framework/2' },
      res: { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version', 'content-length': Buffer.byteLength(text), 'content-type': 'application/json;charset=UTF-8', date: new Date(this.clock + 187).toUTCString(),
        'x-amzn-errortype': status === 200 ? undefined : answer.errors[0].errorType, 'x-amzn-requestid': uuid(`request ${this.file} ${this.entries.length}`) } });
    return this;
  }
  write() {
    this.entries.sort((a, b) => (a.startedDateTime < b.startedDateTime ? -1 : 1));
    const har = { log: { version: '1.2', creator: { name: 'WebInspector', version: '537.36' }, pages: [{ startedDateTime: this.entries[0].startedDateTime, id: 'page_1', title: this.origin + '/', pageTimings: { onContentLoad: 310.5, onLoad: 480.2 } }], entries: this.entries } };
    put(`${this.api.name}/captures/${this.file}.har`, har);
  }
}

// Signature Version 4 as a browser client with temporary credentials makes it
function sigv4({ id, secret, token }, host, body, when) {
  const stamp = when.toISOString().replace(/[-:]|\.\d{3}/g, ''), day = stamp.slice(0, 8), scope = `${day}/us-east-1/appsync/aws4_request`;
  const h = { host, 'x-amz-date': stamp, 'x-amz-security-token': token }, names = Object.keys(h).join(';');
  const canonical = ['POST', '/graphql', '', ...Object.entries(h).map(([k, v]) => `${k}:${v}`), '', names, sha(body)].join('\n');
  const mac = (k, s) => createHmac('sha256', k).update(s).digest();
  const k = ['us-east-1', 'appsync', 'aws4_request'].reduce(mac, mac('AWS4' + secret, day));
  const signature = mac(k, ['AWS4-HMAC-SHA256', stamp, scope, sha(canonical)].join('\n')).toString('hex');
  return { authorization: `AWS4-HMAC-SHA256 Credential=${id}/${scope}, SignedHeaders=${names}, Signature=${signature}`, 'x-amz-date': stamp, 'x-amz-security-token': token };
}

// One error as AppSync writes it; the place is that of the field in the query's text.
function denied(query, names, parent, { message, errorType = 'Unauthorized' } = {}) {
  const leaf = names[names.length - 1], lines = query.split('\n');
  const line = lines.findIndex((l) => new RegExp(`^\\s+${leaf}\\b`).test(l));
  return { path: names, data: null, errorType, errorInfo: null, locations: [{ line: line + 1, column: lines[line].search(/\S/) + 1, sourceName: null }], message: message ?? `Not Authorized to access ${leaf} on type ${parent}` };
}

function put(file, value) {
  const p = path.join(HERE, '..', file);
  fs.mkdirSync(path.dirname(p), { recursive: true });
  fs.writeFileSync(p, JSON.stringify(value, null, 2) + '\n');
}
const capture = (api, file) => new Capture(api, file);

// ---------------------------------------------------------------- blog: Amplify, transformer v2

{
  const api = { name: 'blog', host: letters('host blog', 26) };
  const pool = 'us-east-1_Blog12345';
  const bob = { name: 'bob', sub: '3f6c1a52-7d0e-4b8f-9a21-5c4e8d7b6a10' }; // group Editors
  const eve = { name: 'eve', sub: '9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48' }; // no group; wrote post-1 and draft-1
  const bobAccess = { authorization: cognito('blog', pool, 'access', bob, { groups: ['Editors'] }) };
  const bobId = { authorization: cognito('blog', pool, 'id', bob, { groups: ['Editors'] }) };
  const eveAccess = { authorization: cognito('blog', pool, 'access', eve) };
  const eveId = { authorization: cognito('blog', pool, 'id', eve) };
  const eveExpired = { authorization: cognito('blog', pool, 'access', eve, { age: 95 }) };
  const reader = { 'x-api-key': apiKey('blog') };
  put('blog/jwks.json', { keys: [jwk('blog')] });

  const updatePost = `mutation UpdatePost($input: UpdatePostInput!) {
  updatePost(input: $input) {
    id
    title
    owner
    __typename
  }
}
`;
  const getDraft = `query GetDraft($id: ID!) {
  getDraft(id: $id) {
    id
    title
    body
    owner
    __typename
  }
}
`;
  const getPost = `query GetPost($id: ID!) {
  getPost(id: $id) {
    id
    title
    __typename
  }
}
`;
  const getPostWithNotes = `query GetPost($id: ID!) {
  getPost(id: $id) {
    id
    title
    reviewNotes
    __typename
  }
}
`;
  const createPost = `mutation CreatePost($input: CreatePostInput!) {
  createPost(input: $input) {
    id
    title
    owner
    __typename
  }
}
`;
  const createComment = `mutation CreateComment($input: CreateCommentInput!) {
  createComment(input: $input) {
    id
    content
    __typename
  }
}
`;
  capture(api, 'denied-update').page().preflight().call(bobAccess, updatePost, { input: { id: 'post-1', title: 'Ten birds you will meet in town' } },
    { data: { updatePost: null }, errors: [denied(updatePost, ['updatePost'], 'Mutation')] }).write();

  capture(api, 'allowed-update').call(eveId, updatePost, { input: { id: 'post-1', title: 'Eight birds you will meet in town' } },
    { data: { updatePost: { id: 'post-1', title: 'Eight birds you will meet in town', owner: 'eve', __typename: 'Post' } } }).write();

  capture(api, 'denied-get').preflight().call(bobId, getDraft, { id: 'draft-1' },
    { data: { getDraft: null }, errors: [denied(getDraft, ['getDraft'], 'Query')] }).write();

  capture(api, 'denied-field').call(eveAccess, updatePost, { input: { id: 'post-1', reviewNotes: 'Ready to print, I think.' } },
    { data: { updatePost: null }, errors: [denied(updatePost, ['updatePost'], 'Mutation', { message: 'Unauthorized on [reviewNotes]' })] }).write();

  capture(api, 'denied-apikey-mutation').page().preflight('content-type,x-amz-user-agent,x-api-key').call(reader, createComment, { input: { postID: 'post-1', content: 'Lovely!' } },
    { data: { createComment: null }, errors: [denied(createComment, ['createComment'], 'Mutation')] }).write();

  capture(api, 'denied-nested-field').call(reader, getPostWithNotes, { id: 'post-1' },
    { data: { getPost: { id: 'post-1', title: 'Seven birds you will meet in town', reviewNotes: null, __typename: 'Post' } }, errors: [denied(getPostWithNotes, ['getPost', 'reviewNotes'], 'Post')] }).write();

  // one sitting: reading as a guest, a token that ran out over lunch, the same call with a fresh one, a field too many
  const draft = { id: 'draft-1', title: 'Winter feeding', body: 'Seeds, and water that is not frozen.', owner: 'eve', __typename: 'Draft' };
  capture(api, 'session').page().preflight()
    .call(reader, getPost, { id: 'post-2' }, { data: { getPost: { id: 'post-2', title: 'A pond in a bucket', __typename: 'Post' } } })
    .call(eveExpired, getDraft, { id: 'draft-1' }, { errors: [{ errorType: 'UnauthorizedException', message: 'Token has expired.' }] }, 401)
    .call(eveAccess, getDraft, { id: 'draft-1' }, { data: { getDraft: draft } })
    .call(eveAccess, createPost, { input: { id: 'post-3', title: 'Winter feeding', reviewNotes: 'none' } },
      { data: { createPost: null }, errors: [denied(createPost, ['createPost'], 'Mutation', { message: 'Unauthorized on [reviewNotes]' })] })
    .call(eveAccess, createPost, { input: { id: 'post-3', title: 'Winter feeding' } }, { data: { createPost: { id: 'post-3', title: 'Winter feeding', owner: 'eve', __typename: 'Post' } } })
    .write();
}

// ---------------------------------------------------------------- classic: Amplify, transformers v1, and one override

{
  const api = { name: 'classic', host: letters('host classic', 26) };
  const pool = 'us-east-1_Classic01';
  const nina = { name: 'nina', sub: '5e8a0f3b-2c64-4d19-b7f5-6d1c9e4a3b20' }; // group Reporters; wrote article-1
  const eddie = { name: 'eddie', sub: 'c41d6b97-8e20-4a3c-95fd-2b7e0a6f1c58' }; // group Editors
  const clara = { name: 'clara', sub: '70f9e2d8-1b35-4c7a-a6e4-8f0d3c5b2a91' }; // no group, custom:desk "chief"
  const ninaAccess = { authorization: cognito('classic', pool, 'access', nina, { groups: ['Reporters'] }) };
  const eddieAccess = { authorization: cognito('classic', pool, 'access', eddie, { groups: ['Editors'] }) };
  const claraId = { authorization: cognito('classic', pool, 'id', clara, { attributes: { 'custom:desk': 'chief' } }) };
  const claraAccess = { authorization: cognito('classic', pool, 'access', clara) };
  put('classic/jwks.json', { keys: [jwk('classic')] });

  const updateArticle = `mutation UpdateArticle($input: UpdateArticleInput!) {
  updateArticle(input: $input) {
    id
    title
    status
    lastEditor
    __typename
  }
}
`;
  const deleteArticle = `mutation DeleteArticle($input: DeleteArticleInput!) {
  deleteArticle(input: $input) {
    id
    __typename
  }
}
`;
  const getContract = `query GetContract($id: ID!) {
  getContract(id: $id) {
    id
    payee
    fee
    __typename
  }
}
`;
  const listContracts = `query ListContracts($limit: Int) {
  listContracts(limit: $limit) {
    items {
      id
      payee
      fee
      __typename
    }
    nextToken
    __typename
  }
}
`;
  capture(api, 'denied-update').page().preflight().call(ninaAccess, updateArticle, { input: { id: 'article-1', status: 'PUBLISHED' } },
    { data: { updateArticle: null }, errors: [denied(updateArticle, ['updateArticle'], 'Mutation')] }).write();

  // the same person twice: the access token has no custom:desk, the ID token has
  capture(api, 'denied-then-allowed')
    .call(claraAccess, updateArticle, { input: { id: 'article-1', status: 'PUBLISHED' } },
      { data: { updateArticle: null }, errors: [denied(updateArticle, ['updateArticle'], 'Mutation')] })
    .call(claraId, updateArticle, { input: { id: 'article-1', status: 'PUBLISHED' } },
      { data: { updateArticle: { id: 'article-1', title: 'The ferry is late again', status: 'PUBLISHED', lastEditor: 'clara', __typename: 'Article' } } })
    .write();

  capture(api, 'denied-get').call(eddieAccess, getContract, { id: 'contract-1' },
    { data: { getContract: null }, errors: [denied(getContract, ['getContract'], 'Query')] }).write();

  capture(api, 'denied-delete').preflight().call(ninaAccess, deleteArticle, { input: { id: 'article-2' } },
    { data: { deleteArticle: null }, errors: [denied(deleteArticle, ['deleteArticle'], 'Mutation', { errorType: 'DynamoDB:ConditionalCheckFailedException', message: `The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: ${letters('ddb', 52, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')})` })] }).write();

  capture(api, 'filtered-list').call(eddieAccess, listContracts, { limit: 20 },
    { data: { listContracts: { items: [], nextToken: null, __typename: 'ModelContractConnection' } } }).write();
}

// ---------------------------------------------------------------- handwritten: no Amplify, five modes

{
  const api = { name: 'handwritten', host: letters('host handwritten', 26) };
  const pool = 'us-east-1_Orders001';
  const paula = { name: 'paula', sub: '1d7b4c60-9f82-4e35-b0a9-7c3e6d5f8a12' }; // tenant acme, group clerks; made o-1001
  const login = { groups: ['clerks'], attributes: { 'custom:tenant': 'acme' } };
  const paulaId = { authorization: cognito('handwritten', pool, 'id', paula, login) };
  const paulaAccess = { authorization: cognito('handwritten', pool, 'access', paula, login) };
  const iat = NOON / 1000 - 20 * 60;
  const partner = { authorization: sign('handwritten partners', { iss: 'https://login.partners.example.com/', sub: 'auth0|65a1f0c2d93b7e', aud: ['https://orders.example.com', 'https://login.partners.example.com/userinfo'], azp: 'pK4vXq81ZtLmW2sB', iat, exp: iat + 86400, scope: 'openid profile', org_id: 'org_globex' }) };
  const analyst = { sigv4: { id: 'ASIAIOSFODNN7EXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', token: 'IQoJb3JpZ2luX2Vj' + createHash('sha512').update('session token').digest('base64').replace(/[+/=]/g, '') + 'EXAMPLE' } };
  put('handwritten/jwks.json', { keys: [jwk('handwritten'), jwk('handwritten partners')] });

  const updateOrder = `mutation UpdateOrder($input: UpdateOrderInput!) {
  updateOrder(input: $input) {
    id
    status
    note
  }
}
`;
  const cancelOrder = `mutation CancelOrder($id: ID!, $reason: String) {
  cancelOrder(id: $id, reason: $reason) {
    id
    status
  }
}
`;
  const order = `query Order($id: ID!) {
  order(id: $id) {
    id
    customer
    status
  }
}
`;
  const orderWithMargin = `query Order($id: ID!) {
  order(id: $id) {
    id
    customer
    total
    margin
  }
}
`;
  const markShipped = `mutation MarkShipped($orderID: ID!, $trackingCode: String!) {
  markShipped(orderID: $orderID, trackingCode: $trackingCode) {
    id
    status
    trackingCode
  }
}
`;
  capture(api, 'denied-tenant').page().preflight().call(paulaId, updateOrder, { input: { id: 'o-2001', note: 'leave at the gate' } },
    { data: { updateOrder: null }, errors: [denied(updateOrder, ['updateOrder'], 'Mutation')] }).write();

  capture(api, 'denied-access-token').call(paulaAccess, updateOrder, { input: { id: 'o-1001', note: 'leave at the gate' } },
    { data: { updateOrder: null }, errors: [denied(updateOrder, ['updateOrder'], 'Mutation')] }).write();

  capture(api, 'denied-cancel').call(paulaId, cancelOrder, { id: 'o-1002', reason: 'customer changed their mind' },
    { data: { cancelOrder: null }, errors: [denied(cancelOrder, ['cancelOrder'], 'Mutation', { message: 'A shipped order can only be cancelled by a manager' })] }).write();

  capture(api, 'denied-margin').call(paulaId, orderWithMargin, { id: 'o-1001' },
    { data: { order: { id: 'o-1001', customer: 'Anvil Works', total: 418.5, margin: null } }, errors: [denied(orderWithMargin, ['order', 'margin'], 'Order')] }).write();

  capture(api, 'denied-partner').call(partner, order, { id: 'o-2001' },
    { data: { order: null }, errors: [denied(order, ['order'], 'Query')] }).write();

  capture(api, 'allowed-update').call(paulaId, updateOrder, { input: { id: 'o-1001', note: 'leave at the gate' } },
    { data: { updateOrder: { id: 'o-1001', status: 'OPEN', note: 'leave at the gate' } } }).write();

  const iamHeaders = 'authorization,content-type,x-amz-date,x-amz-security-token,x-amz-user-agent';
  capture(api, 'denied-iam').preflight(iamHeaders).call(analyst, updateOrder, { input: { id: 'o-1001', note: 'corrected by the back office' } },
    { data: { updateOrder: null }, errors: [denied(updateOrder, ['updateOrder'], 'Mutation')] }).write();

  capture(api, 'denied-iam-role').preflight(iamHeaders).call(analyst, markShipped, { orderID: 'o-1003', trackingCode: 'ZX-778-201' },
    { data: { markShipped: null }, errors: [denied(markShipped, ['markShipped'], 'Mutation')] }).write();
}
