#!/usr/bin/env node
// Runs the old (v1, unscoped "graphql-*-transformer") Amplify transformers offline and writes a folder shaped like
// amplify/backend/api/NAME/build/.
//
//   node generate-v1.mjs --schema S.graphql --name NAME --out DIR [--overrides DIR]
//
// Mode: user pool only. Files of --overrides (Amplify's own folder for them is API/resolvers) replace generated
// templates of the same name, as the Amplify CLI does when it builds. Needs `npm install` in ./v1 first.
import './clock.mjs';
import Module, { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
// graphql-transformer-core expects the whole Amplify CLI around it, for a check that is not run here
const load = Module._load;
Module._load = (id, ...rest) => (id === '@aws-amplify/amplify-cli-core' ? { JSONUtilities: JSON } : load(id, ...rest));
const req = createRequire(path.join(HERE, 'v1', 'package.json'));
const { GraphQLTransform } = req('graphql-transformer-core');
const { DynamoDBModelTransformer } = req('graphql-dynamodb-transformer');
const { KeyTransformer } = req('graphql-key-transformer');
const { ModelConnectionTransformer } = req('graphql-connection-transformer');
const { ModelAuthTransformer } = req('graphql-auth-transformer');

const has = (n) => process.argv.includes('--' + n);
const opt = (n) => process.argv[process.argv.indexOf('--' + n) + 1];
const schema = fs.readFileSync(opt('schema'), 'utf8');
const dir = opt('out'), name = opt('name');

const flags = { improvePluralization: true, validateTypeNameReservedWords: true, useExperimentalPipelinedTransformer: false, enableIterativeGsiUpdates: true, secondaryKeyAsGSI: true, skipOverrideMutationInputTypes: true };
const out = new GraphQLTransform({
  transformers: [
    new DynamoDBModelTransformer(), new KeyTransformer(), new ModelConnectionTransformer(),
    new ModelAuthTransformer({ authConfig: { defaultAuthentication: { authenticationType: 'AMAZON_COGNITO_USER_POOLS' }, additionalAuthenticationProviders: [] } }),
  ],
  featureFlags: { getBoolean: (k, d) => flags[k] ?? d ?? false, getNumber: (k, d) => d ?? 0, getString: (k, d) => d ?? '', getObject: (k, d) => d ?? {} },
  transformConfig: { Version: 5 },
}).transform(schema);

fs.rmSync(dir, { recursive: true, force: true });
const put = (f, s) => { const p = path.join(dir, f); fs.mkdirSync(path.dirname(p), { recursive: true }); fs.writeFileSync(p, s); };
put('schema.graphql', out.schema);
for (const [k, v] of Object.entries(out.resolvers)) put('resolvers/' + k, v);
if (has('overrides')) for (const f of fs.readdirSync(opt('overrides')).filter((f) => f.endsWith('.vtl')).sort()) put('resolvers/' + f, fs.readFileSync(path.join(opt('overrides'), f)));
for (const [k, v] of Object.entries(out.stacks)) put(`stacks/${k}.json`, JSON.stringify(v, null, 1) + '\n');
put('cloudformation-template.json', JSON.stringify(out.rootStack, null, 1) + '\n');
put('parameters.json', JSON.stringify({
  AppSyncApiName: name, DynamoDBBillingMode: 'PAY_PER_REQUEST', AuthCognitoUserPoolId: { 'Fn::GetAtt': [`auth${name}`, 'Outputs.UserPoolId'] },
  S3DeploymentBucket: `amplify-${name}-dev-000000-deployment`, S3DeploymentRootKey: 'amplify-appsync-files/' + createHash('sha256').update(schema).digest('hex').slice(0, 40),
}, null, 1) + '\n');
console.log(`${name}: transformers v1, ${Object.keys(out.resolvers).length} templates, ${Object.keys(out.stacks).length} stacks`);
