// Makes the typed API client out of the contract: one type for each schema, one method for each operation.
//   node scripts/generate.mjs OPENAPI_YAML OUT_TS
import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';

const [input, output] = process.argv.slice(2);
const contract = parse(readFileSync(input, 'utf8'));

const resolve = (node) =>
  node.$ref === undefined
    ? node
    : node.$ref
        .slice(2)
        .split('/')
        .reduce((value, key) => value[key], contract);

const SCALARS = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' };

/** A comment above what it explains. */
function comment(text, indent) {
  if (!text) {
    return '';
  }
  const lines = text.trim().split('\n');
  return lines.length === 1
    ? `${indent}/** ${lines[0]} */\n`
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

const quoted = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);

function type(schema, indent = '') {
  if (schema.$ref !== undefined) {
    return schema.$ref.split('/').pop();
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  }
  if (schema.oneOf !== undefined) {
    return schema.oneOf.map((one) => type(one, indent)).join(' | ');
  }
  if (Array.isArray(schema.type)) {
    return schema.type.map((one) => type({ ...schema, type: one }, indent)).join(' | ');
  }
  switch (schema.type) {
    case 'array':
      return `Array<${type(schema.items ?? {}, indent)}>`;
    case 'object': {
      if (schema.properties === undefined) {
        const values = schema.additionalProperties;
        return `Record<string, ${values ? type(values, indent) : schema.additionalProperties === false ? 'never' : 'unknown'}>`;
      }
      const inner = `${indent}  `;
      const required = new Set(schema.required ?? []);
      const members = Object.entries(schema.properties).map(
        ([name, property]) =>
          `${comment(property.description, inner)}${inner}${quoted(name)}${required.has(name) ? '' : '?'}: ` +
          `${type(property, inner)}${required.has(name) ? '' : ' | undefined'};\n`,
      );
      return `{\n${members.join('')}${indent}}`;
    }
    case undefined:
      return 'unknown';
    default:
      return SCALARS[schema.type];
  }
}

function method(path, verb, item, operation) {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
  const [status, response] = Object.entries(operation.responses).find(([code]) => /^2/.test(code)) ?? [];
  const content = response?.content;
  const json = content?.['application/json']?.schema;
  const media = content === undefined ? [] : Object.keys(content);
  // Pages, scripts, the event stream and sessions of browsers are for others.
  if (status === undefined || media.some((one) => one.startsWith('text/') || one === 'application/sdp') || operation.operationId === 'recordingContentHead') {
    return '';
  }
  const answer =
    status === '204' || content === undefined ? 'void' : json && media.length === 1 ? type(json) : 'Uint8Array';
  const how = answer === 'Uint8Array' || media[0] === 'application/yaml' ? 'bytes' : answer === 'void' ? 'nothing' : 'json';
  const body = operation.requestBody?.content;
  const bodyType = body === undefined ? undefined : body['application/json'] ? type(body['application/json'].schema) : 'Uint8Array';
  const query = parameters.filter((one) => one.in === 'query');
  const needed = query.some((one) => one.required);
  const names = parameters.filter((one) => one.in === 'path').map((one) => one.name);
  const given = [
    ...names.map((name) => `${name}: string`),
    ...(bodyType === undefined ? [] : [`body${operation.requestBody.required ? '' : '?'}: ${bodyType}`]),
    ...(query.length === 0
      ? []
      : [`query${needed ? '' : '?'}: { ${query.map((one) => `${quoted(one.name)}${one.required ? '' : '?'}: ${type(one.schema)}`).join('; ')} }`]),
  ];
  const address = path.replace(/\{(\w+)\}/g, (_, name) => `\${encodeURIComponent(${name})}`);
  const options = [
    ...(bodyType === undefined ? [] : [operation.requestBody.required ? 'body' : 'body: body ?? {}']),
    ...(query.length === 0 ? [] : ['query']),
  ];
  return (
    comment([operation.summary, operation.description].filter(Boolean).join('\n\n'), '  ') +
    `  ${operation.operationId}(${given.join(', ')}): Promise<${how === 'bytes' ? 'Uint8Array' : answer}> {\n` +
    `    return this.http.${how}('${verb.toUpperCase()}', \`${address}\`, { ${options.join(', ')} });\n` +
    `  }\n`
  );
}

const methods = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([verb]) => verb !== 'parameters')
    .map(([verb, operation]) => method(path, verb, item, operation))
    .filter(Boolean),
);
const types = Object.entries(contract.components.schemas).map(
  ([name, schema]) => `${comment(schema.description, '')}export type ${name} = ${type(schema)};\n`,
);
writeFileSync(
  output,
  `// Made of openapi.yaml by scripts/generate.mjs; changes are lost.
import type { Http } from './http.js';

${types.join('\n')}
/** All of the API, one method for each operation; what is refused throws a CallcastError. */
export class Api {
  constructor(protected readonly http: Http) {}

${methods.join('\n')}}
`,
);
