#!/usr/bin/env node
// Runs the published Amplify GraphQL transformer v2 (the line the Gen 1 CLI uses) offline and writes a folder shaped
// like amplify/backend/api/NAME/build/.
//
//   node generate-v2.mjs --schema S.graphql --name NAME --out DIR [--config C.json] [--lean]
//
// Modes: user pool (default) and API key, unless the config says otherwise:
//   { "modes": ["AWS_IAM", "API_KEY", ...],   the first is the default
//     "identityPoolId", "adminRoles", "enableIamAccess",
//     "parameters": { transform parameters that differ from the CLI's defaults } }
// --lean writes a small build for tests: equal templates once (the stacks then name that one file), none that no stack
// names, stacks without white space, descriptions, exports, service roles and functions' code. What runs is the same.
// Needs `npm install` in ./v2 first; ../regenerate does both.
import './clock.mjs';
import { createRequire } from 'node:module';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const req = createRequire(path.join(HERE, 'v2', 'package.json'));
const cdk = req('aws-cdk-lib');
const { Construct } = req('constructs');
const xf = req('@aws-amplify/graphql-transformer');
const core = req('@aws-amplify/graphql-transformer-core');
// The transformers read these lists of a table by the names they had before CDK made boxes of them.
for (const list of ['globalSecondaryIndexes', 'localSecondaryIndexes']) {
  Object.defineProperty(cdk.aws_dynamodb.Table.prototype, list, { get() { return this[`_${list}`].getMutable(); } });
}
const sha = (s) => createHash('sha256').update(s).digest('hex');

// What the CLI's transform manager does, as far as a schema needs it: collect the stacks and the assets in memory.
const KEEP = ['AWS::DynamoDB::Table', 'AWS::CloudFormation::Stack', 'AWS::AppSync::GraphQLApi']; // logical id = construct id

class Synthesizer extends cdk.LegacyStackSynthesizer {
  stacks = new Map();
  files = new Map();
  synthesizeTemplate() {
    const body = JSON.stringify(this.boundStack._toCloudFormation());
    this.stacks.set(this.boundStack.node.id, JSON.parse(body));
    return { sourceHash: sha(body) };
  }
  synthesizeStackTemplate() { this.synthesizeTemplate(); }
  synthesize() { this.synthesizeTemplate(); }
  addFileAsset(a) {
    const s = this.boundStack;
    this.bucket ??= new cdk.CfnParameter(s, 'S3DeploymentBucket', { type: 'String' });
    this.rootKey ??= new cdk.CfnParameter(s, 'S3DeploymentRootKey', { type: 'String' });
    const b = this.bucket.valueAsString, k = this.rootKey.valueAsString;
    return { bucketName: b, objectKey: `${k}/${a.fileName}`, httpUrl: `https://s3.${s.region}.${s.urlSuffix}/${b}/${k}/${a.fileName}`, s3ObjectUrl: `s3://${b}/${k}/${a.fileName}` };
  }
}
class Root extends cdk.Stack {
  allocateLogicalId = (el) => {
    if (cdk.CfnResource.isCfnResource(el) && KEEP.includes(el.cfnResourceType)) {
      const id = [...el.node.scopes].reverse().find((s) => s.node.id !== 'Resource').node.id.replace('.NestedStackResource', '');
      if (/^[A-Za-z0-9]+$/.test(id)) return id;
    }
    return cdk.Stack.prototype.allocateLogicalId.call(this, el);
  };
}
const stackOf = (scope) => scope.node.scopes.find((p) => cdk.Stack.isStack(p));
class Nested extends Root {
  constructor(scope, id, synthesizer) {
    const root = stackOf(scope);
    super(scope, id, { env: { account: root.account, region: root.region }, synthesizer });
    this._root = root; this.templateFile = `stacks/${id}.json`; this.params = {};
    const holder = new Construct(scope, `${id}.NestedStack`);
    this.nestedStackResource = new cdk.CfnStack(holder, `${id}.NestedStackResource`, {
      templateUrl: cdk.Lazy.uncachedString({ produce: () => this._url || '<unresolved>' }),
      parameters: cdk.Lazy.any({ produce: () => (Object.keys(this.params).length ? this.params : undefined) }),
    });
    const seen = (inner, outer) => cdk.Token.asString({ resolve: (c) => (cdk.Stack.of(c.scope) === this ? inner : outer) });
    this._sn = seen(cdk.Aws.STACK_NAME, cdk.Fn.select(1, cdk.Fn.split('/', this.nestedStackResource.ref)));
    this._si = seen(cdk.Aws.STACK_ID, this.nestedStackResource.ref);
  }
  get stackName() { return this._sn; }
  get stackId() { return this._si; }
  setParameter(n, v) { this.params[n] = v; }
  _prepareTemplateAsset() {
    if (this._url) return false;
    this._url = this._root.synthesizer.addFileAsset({ packaging: 'file', sourceHash: sha(JSON.stringify(this._toCloudFormation())), fileName: this.templateFile }).httpUrl;
    return true;
  }
}

const has = (n) => process.argv.includes('--' + n);
const opt = (n) => process.argv[process.argv.indexOf('--' + n) + 1];
const schema = fs.readFileSync(opt('schema'), 'utf8');
const dir = opt('out'), name = opt('name');
const config = has('config') ? JSON.parse(fs.readFileSync(opt('config'), 'utf8')) : {};
const MODES = {
  AMAZON_COGNITO_USER_POOLS: { userPoolConfig: { userPoolId: 'us-east-1_Blog12345' } },
  API_KEY: { apiKeyConfig: { apiKeyExpirationDays: 7, description: 'public reading' } },
  OPENID_CONNECT: { openIDConnectConfig: { name: 'partner', issuerUrl: 'https://login.partner.example', clientId: 'garden' } },
  AWS_LAMBDA: { lambdaAuthorizerConfig: { lambdaFunction: 'authorizer', ttlSeconds: 0 } },
  AWS_IAM: {},
};
const modes = config.modes ?? ['AMAZON_COGNITO_USER_POOLS', 'API_KEY'];
const [defaultAuthentication, ...additionalAuthenticationProviders] = modes.map((m) => ({ authenticationType: m, ...MODES[m] }));

const app = new cdk.App({ autoSynth: false, treeMetadata: false, analyticsReporting: false });
const synth = new Synthesizer(), children = [];
const root = new Root(app, 'transformer-root-stack', { synthesizer: synth });
class Asset extends Construct {
  constructor(scope, id, props) {
    super(scope, id);
    synth.files.set(props.fileName, props.fileContent);
    this.assetHash = sha(props.fileContent);
    const l = stackOf(scope).synthesizer.addFileAsset({ fileName: props.fileName, packaging: 'file', sourceHash: this.assetHash });
    this.httpUrl = l.httpUrl; this.s3BucketName = l.bucketName; this.s3ObjectKey = l.objectKey; this.s3ObjectUrl = l.s3ObjectUrl;
  }
}
const params = new Map();
const param = (n, props) => { const p = new cdk.CfnParameter(root, n, { type: 'String', ...props }); params.set(n, p); return p.valueAsString; };

xf.executeTransform({
  scope: root,
  nestedStackProvider: { provide: (scope, n) => { const s = new Synthesizer(); children.push(s); return new Nested(scope, n, s); } },
  assetProvider: { provide: (scope, id, props) => new Asset(scope, id, props) },
  parameterProvider: { provide: (n) => params.get(n) },
  synthParameters: {
    amplifyEnvironmentName: param('env', { default: 'NONE' }),
    apiName: param('AppSyncApiName', { default: 'AppSyncSimpleTransform' }),
    userPoolId: param('AuthCognitoUserPoolId'),
    ...(modes.includes('AWS_IAM') && { authenticatedUserRoleName: param('authRoleName'), unauthenticatedUserRoleName: param('unauthRoleName') }),
    identityPoolId: config.identityPoolId, adminRoles: config.adminRoles, enableIamAccess: config.enableIamAccess,
  },
  schema,
  dataSourceStrategies: core.constructDataSourceStrategies(schema, core.DDB_DEFAULT_DATASOURCE_STRATEGY),
  sqlDirectiveDataSourceStrategies: [],
  printTransformerLog: () => {},
  authConfig: { defaultAuthentication, additionalAuthenticationProviders },
  resolverConfig: {}, userDefinedSlots: {}, stackMapping: {}, transformersFactoryArgs: {},
  transformParameters: {
    shouldDeepMergeDirectiveConfigDefaults: false, disableResolverDeduping: false, sandboxModeEnabled: false, useSubUsernameForDefaultIdentityClaim: true,
    populateOwnerFieldForStaticGroupAuth: true, suppressApiKeyGeneration: false, secondaryKeyAsGSI: true, enableAutoIndexQueryNames: true,
    respectPrimaryKeyAttributesOnConnectionField: true, enableSearchNodeToNodeEncryption: false, enableSearchEncryptionAtRest: false, enableTransformerCfnOutputs: !has('lean'),
    allowDestructiveGraphqlSchemaUpdates: false, replaceTableUponGsiUpdate: false, allowGen1Patterns: true, subscriptionsInheritPrimaryAuth: false, ...config.parameters,
  },
});
app.synth({ force: true, skipValidation: true });
const stacks = Object.fromEntries([synth, ...children].flatMap((s) => [...s.stacks]));

function makeLean() {
  const first = new Map(), same = new Map();
  for (const [k, v] of synth.files) if (k.startsWith('resolvers/')) { if (!first.has(v)) first.set(v, k); same.set(k, first.get(v)); }
  let text = JSON.stringify(stacks).replaceAll('referencetotransformerrootstack', 'root');
  text = text.replace(/\b(\w+?)\1AppSyncFunction([0-9A-F]{8})/g, '$1$2'); // the longest of the made-up ids, said once
  text = text.replace(/\/(resolvers\/[^"]+\.vtl)"/g, (all, k) => `/${same.get(k) ?? k}"`);
  for (const k of [...synth.files.keys()]) if (k.startsWith('resolvers/') && !text.includes(`/${k}"`)) synth.files.delete(k);
  Object.assign(stacks, JSON.parse(text));
  const left = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::Lambda::Function', 'AWS::Lambda::EventSourceMapping'];
  for (const { Parameters } of Object.values(stacks)) for (const p of Object.values(Parameters)) { delete p.Description; delete p.AllowedValues; }
  for (const { Resources } of Object.values(stacks)) for (const [k, r] of Object.entries(Resources)) if (left.includes(r.Type)) delete Resources[k];
}

fs.rmSync(dir, { recursive: true, force: true });
let vtl = 0;
const put = (f, s) => { const p = path.join(dir, f); fs.mkdirSync(path.dirname(p), { recursive: true }); fs.writeFileSync(p, s); };
if (has('lean')) makeLean();
for (const [k, v] of synth.files) {
  if (k === 'schema.graphql') put(k, v);
  else if (k.startsWith('resolvers/')) { put(k, v); vtl++; } // code of Lambda functions is left out
}
const print = (v) => JSON.stringify(v, null, has('lean') ? 0 : 1) + '\n';
for (const [k, v] of Object.entries(stacks)) if (k !== 'transformer-root-stack') put(`stacks/${k}.json`, print(v));
put('cloudformation-template.json', print(stacks['transformer-root-stack']));
put('parameters.json', JSON.stringify({
  AppSyncApiName: name, DynamoDBBillingMode: 'PAY_PER_REQUEST', DynamoDBEnableServerSideEncryption: false,
  AuthCognitoUserPoolId: { 'Fn::GetAtt': [`auth${name}`, 'Outputs.UserPoolId'] },
  S3DeploymentBucket: `amplify-${name}-dev-000000-deployment`, S3DeploymentRootKey: 'amplify-appsync-files/' + sha(schema).slice(0, 40),
}, null, 1) + '\n');
console.log(`${name}: transformer v2, ${vtl} templates, ${Object.keys(stacks).length - 1} stacks`);
