// What an app without the example leaves out of the sample: whole folders, and where they are wired into the rest.

/** Folders of the app that are the example, and nothing else. */
export const EXAMPLE_FOLDERS = ['src/orders/'];

/** Per file, what is replaced by what; `''` takes it out. Each text stands there exactly once, or the assembly fails. */
export const CUTS = {
  'src/about.ts': [['An event-sourced order service. Writes', 'An event-sourced service. Writes']],
  'src/app.module.ts': [
    ["import { OrdersModule } from './orders/orders.module.js';\n", ''],
    ['        OrdersModule.register(store),\n', ''],
  ],
  'src/banner.spec.ts': [["'http://localhost:3000/orders'", "'http://localhost:3000'"]],
  'src/banner.ts': [['${url}/orders`', '${url}`']],
  'src/config/app.config.spec.ts': [
    ['      readModelTimeoutMs: 5_000,\n', ''],
    ["      READ_MODEL_TIMEOUT_MS: '250',\n", ''],
    ['      readModelTimeoutMs: 250,\n', ''],
    ["      READ_MODEL_TIMEOUT_MS: '60001',\n", ''],
  ],
  'src/config/app.config.ts': [
    ['  /** How long a read waits for the position that it names, in milliseconds. */\n', ''],
    ['  abstract readonly readModelTimeoutMs: number;\n', ''],
    ['    readModelTimeoutMs: own.READ_MODEL_TIMEOUT_MS,\n', ''],
  ],
  'src/config/app.variables.ts': [
    [/\n\/\*\* Longest wait of a read[^]*?\n(?=\n\/\*\*)/, ''],
    [/ {2}READ_MODEL_TIMEOUT_MS: \{[^]*?\n {2}\},\n/, ''],
  ],
  'src/database/typeorm.options.ts': [
    [/import \{ OrderSummaryEntity \}.*\n/, ''],
    [/import \{ CreateOrderSummaries1767225600000 \}.*\n/, ''],
    ['[OrderSummaryEntity]', '[]'],
    ['[CreateOrderSummaries1767225600000]', '[]'],
  ],
  '.env.example': [[/# How long a read waits[^\n]*\n#READ_MODEL_TIMEOUT_MS=.*\n\n/, '']],
  'test/app.spec.ts': [[' readModelTimeoutMs: 15_000,', '']],
  'package.json': [[/"uuid":"[^"]+",/, '']],
  'README.md': [
    [/```sh\ncurl [^]*?```\n\n/, ''],
    [/\| `src\/orders` .*\n/, ''],
  ],
};

/** What must not be left of the example in the text of a file. */
export const TRACES = /Order|\/orders\/|READ_MODEL|readModel/;
