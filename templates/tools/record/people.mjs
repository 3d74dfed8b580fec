// The callers of the recordings: tokens of the sample API templates/blog, signed with test-key.pem and good for an hour
// from now, as a login makes them. Everything is invented.
import { createHash, createPrivateKey, createSign, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const pem = fs.readFileSync(fileURLToPath(new URL('../test-key.pem', import.meta.url)), 'utf8');
const key = createPrivateKey(pem.slice(pem.indexOf('-----BEGIN')));
const kid = createHash('sha256').update('kid blog').digest('base64'); // as in templates/blog/jwks.json
const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
const hash = (text, length) => [...createHash('sha512').update(text).digest()].slice(0, length).map((b) => 'abcdefghijklmnopqrstuvwxyz234567'[b % 32]).join('');

export const HOST = `${hash('host recorded', 26)}.appsync-api.us-east-1.amazonaws.com`;
export const REALTIME = HOST.replace('appsync-api', 'appsync-realtime-api');
export const API_KEY = 'da2-' + hash('key recorded', 26);
export const UNKNOWN_KEY = 'da2-' + hash('another key', 26);
export const ISSUER = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Blog12345';

const BOB = { name: 'bob', sub: '3f6c1a52-7d0e-4b8f-9a21-5c4e8d7b6a10', groups: ['Editors'] };
const EVE = { name: 'eve', sub: '9b2d7e14-0c53-4f6a-8e37-1a9f5b3c2d48' };

function token({ name, sub, groups }, use, age = 300) {
  const iat = Math.floor(Date.now() / 1000) - age;
  const common = { sub, ...(groups ? { 'cognito:groups': groups } : {}), iss: ISSUER, origin_jti: randomUUID(), event_id: randomUUID(), token_use: use, auth_time: iat, iat, exp: iat + 3600, jti: randomUUID() };
  const client = hash('client recorded', 26);
  const claims = use === 'id'
    ? { ...common, email_verified: true, 'cognito:username': name, aud: client, email: `${name}@example.com` }
    : { ...common, client_id: client, scope: 'aws.cognito.signin.user.admin', username: name };
  const text = part({ kid, alg: 'RS256' }) + '.' + part(claims);
  return text + '.' + createSign('RSA-SHA256').update(text).sign(key).toString('base64url');
}

export const tokens = {
  bobAccess: token(BOB, 'access'),
  bobId: token(BOB, 'id'),
  eveAccess: token(EVE, 'access'),
  eveExpired: token(EVE, 'access', 5700),
};
