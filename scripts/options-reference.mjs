// Writes docs/reference/options.md from the option types of the library: their doc comments and @default tags.
// `--check` writes nothing, and fails where the file is not what would be written.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import ts from 'typescript';

const PAGE = 'docs/reference/options.md';
const SOURCE = 'libs/event-sourcing/src';

const INTRODUCTION = `# Options

Generated from the types by \`scripts/options-reference.mjs\`; a test fails where this page and the types differ. Every option may be
left out, unless it says _required_. Durations are in milliseconds. How to set them: [configuration](../operations/configuration.md).`;

/** Each section: its heading, the interface, the file that it stands in, and properties, or interfaces of them, that belong elsewhere. */
const SECTIONS = [
  ['EventSourcingModule.forRoot', 'EventSourcingModuleOptions', 'event-sourcing.options.ts'],
  ['Beside the options of forRoot and forRootAsync', 'EventSourcingModuleExtras', 'event-sourcing-options.module.ts'],
  ['metrics', 'MetricsOptions', 'observability/metrics/metrics.options.ts'],
  ['logging', 'LoggingOptions', 'logging/pino/logging.options.ts'],
  ['eventStore', 'EventStoreOptions', 'event-store/event-store.options.ts'],
  ['eventStore.groupCommit', 'GroupCommitOptions', 'event-store/group-commit.options.ts'],
  ['aggregates', 'AggregatesOptions', 'aggregates/aggregates.options.ts'],
  [
    'subscriptions',
    'SubscriptionsOptions',
    'subscriptions/subscriptions.options.ts',
    ['workers', 'drainTimeoutMs', 'SubscriptionTuning'],
  ],
  ['subscriptions.circuitBreaker', 'CircuitBreakerOptions', 'subscriptions/subscriptions.options.ts'],
  ['subscriptions, @Projection and @Subscriber', 'SubscriptionTuning', 'subscriptions/subscriptions.options.ts'],
  ['shutdown', 'ShutdownOptions', 'lifecycle/lifecycle.options.ts'],
  ['health', 'HealthOptions', 'health/health.options.ts'],
  ['EventSourcingModule.forFeature', 'EventSourcingFeature', 'event-sourcing.module.ts'],
  ['@DomainEvent', 'DomainEventOptions', 'core/domain-event.decorator.ts'],
  ['new NewEvent', 'NewEventOptions', 'core/new-event.ts'],
  ['@EventSourced and defineDecider', 'SnapshotOptions', 'aggregates/snapshots/snapshot-policy.ts'],
  ['@Projection', 'ProjectionOptions', 'projections/projection.decorator.ts', ['SubscriptionTuning']],
  ['@Subscriber', 'SubscriberOptions', 'subscriptions/subscriber/subscriber.decorator.ts', ['SubscriptionTuning']],
  ['EventStore.append', 'AppendOptions', 'event-store/event-store.ts'],
  ['EventStore.readStream', 'ReadStreamOptions', 'event-store/event-store.ts'],
  ['update and execute of repositories', 'UpdateOptions', 'aggregates/update-options.ts'],
  ['SubscriptionManager.waitFor', 'WaitForOptions', 'subscriptions/subscription-manager.ts'],
  ['SubscriptionManager.runToHead', 'RunToHeadOptions', 'subscriptions/waiting/head-run.ts'],
  ['SubscriptionManager.rebuild', 'RebuildOptions', 'subscriptions/rebuild/rebuild-run.ts'],
].map(([heading, name, file, elsewhere = []]) => ({ heading, name, file: `${SOURCE}/${file}`, elsewhere }));

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
const files = [...new Set(SECTIONS.map(({ file }) => file))];
const program = ts.createProgram(files, options);
const checker = program.getTypeChecker();

function sectionOf({ heading, name, file, elsewhere }) {
  const source = program.getSourceFile(file);
  const declaration = source?.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (declaration === undefined) throw new Error(`there is no interface ${name} in ${file}`);
  const type = checker.getTypeAtLocation(declaration);
  const documentation = textOf(type.symbol.getDocumentationComment(checker));
  const all = type.getProperties();
  const isElsewhere = (property) => elsewhere.includes(property.name) || elsewhere.includes(ownerOf(property));
  const properties = all.filter((property) => !isElsewhere(property));
  const inherited = SECTIONS.find((one) => elsewhere.includes(one.name) && all.some((p) => ownerOf(p) === one.name));
  const rows = properties.map((property) => rowOf(property, name));
  return [
    `## ${heading}`,
    documentation,
    ['| option | type | default | meaning |', '| - | - | - | - |', ...rows].join('\n'),
    inherited === undefined ? '' : `And what stands under ${linkTo(inherited)}.`,
  ];
}

/** The interface that a property was declared in, which may be one that its owner extends. */
function ownerOf({ valueDeclaration }) {
  return valueDeclaration.parent.name?.text;
}

/** A link to a section of the page; its anchor is made as code hosts make them. */
function linkTo({ heading }) {
  const anchor = heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s/g, '-');
  return `[${heading}](#${anchor})`;
}

function rowOf(property, owner) {
  const { name, valueDeclaration } = property;
  const alias = unionAliasOf(valueDeclaration.type);
  const own = textOf(property.getDocumentationComment(checker));
  const meaning = own === '' && alias !== undefined ? textOf(alias.getDocumentationComment(checker)) : own;
  const tag = property.getJsDocTags(checker).find((one) => one.name === 'default');
  const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
  const nested = /^(?:Omit<)?(\w+Options)\b/.exec(valueDeclaration.type.getText())?.[1];
  const section = SECTIONS.find((one) => one.name === nested);
  if (optional && meaning === '' && tag === undefined && section === undefined) {
    throw new Error(`${owner}.${name} says nothing of itself`);
  }
  const cells = [
    code(name),
    code(typeTextOf(alias, valueDeclaration.type)),
    defaultOf(tag, optional),
    section === undefined ? meaning : [meaning, `See ${linkTo(section)}.`].join(' ').trim(),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The alias that a type is named by, where it stands for a choice of values: its reader wants to see the choice. */
function unionAliasOf(node) {
  if (!ts.isTypeReferenceNode(node) || !checker.getTypeFromTypeNode(node).isUnion()) return undefined;
  const symbol = checker.getSymbolAtLocation(node.typeName);
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function typeTextOf(alias, node) {
  const written = alias === undefined ? node : alias.declarations[0].type;
  return written
    .getText()
    .replace(/\s+/g, ' ')
    .replace(/\breadonly /g, '');
}

function defaultOf(tag, optional) {
  if (tag === undefined) return optional ? '–' : '_required_';
  const text = textOf(tag.text ?? []);
  return /^('[^']*'|\d+n?|true|false)$/.test(text) ? code(text) : text;
}

function textOf(parts) {
  const text = ts.displayPartsToString(parts).replace(/\s+/g, ' ').trim();
  return text.replace(/\{@link ([\w.]+)\}/g, '`$1`');
}

function code(text) {
  return `\`${text}\``;
}

const markdown = [INTRODUCTION, ...SECTIONS.flatMap(sectionOf)].filter((part) => part !== '').join('\n\n');
const page = await prettier.format(markdown, { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE });

if (parseArgs({ options: { check: { type: 'boolean', default: false } } }).values.check) {
  if (readFileSync(PAGE, 'utf8') !== page) {
    console.error(`${PAGE} is out of date; run scripts/options-reference.mjs`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(PAGE, page);
}
