import { describe, expect, it } from '@jest/globals';
import type { Rule } from '@angular-devkit/schematics';
import { aggregate } from '../aggregate/aggregate.js';
import { command } from '../command/command.js';
import { event } from '../event/event.js';
import { nestAdd } from '../nest-add/nest-add.js';
import { projection } from '../projection/projection.js';
import { subscriber } from '../subscriber/subscriber.js';
import type { GeneratorOptions } from './generator.options.js';
import { appWith, contentsOf, manifest, run } from './nest-app.fixture.js';

const GENERATORS: Readonly<Record<string, (options: GeneratorOptions) => Rule>> = {
  aggregate,
  event,
  command,
  projection,
  subscriber,
};
const named = (name: string): GeneratorOptions => ({ name });
const MODULE = 'src/app.module.ts';

/** An app with an aggregate `Order`, whose first event is `OrderCreated`. */
async function withOrder() {
  return (await run(appWith(), nestAdd({}), aggregate(named('orders/order')))).tree;
}

describe('what all generators do', () => {
  it.each(Object.keys(GENERATORS))('%s writes below the feature, and into its module', async (kind) => {
    const files = { 'src/orders/orders.module.ts': '@Module({})\nexport class OrdersModule {}\n' };
    const app = (await run(appWith(files), aggregate(named('orders/order')))).tree;
    const name = kind === 'command' ? 'orders/create-order' : 'orders/order-again';
    const { tree } = await run(app, GENERATORS[kind]!(named(name)));
    expect(tree.readContent(MODULE)).toBe(app.readContent(MODULE));
    expect(tree.readContent('src/orders/orders.module.ts')).toMatch(/CreateOrderHandler|OrderAgain/);
    const made = tree.files.filter((file) => !app.files.includes(file));
    expect(made.filter((file) => file.endsWith('.spec.ts'))).toHaveLength(1);
    expect(made.filter((file) => !/^\/src\/(orders|database\/migrations)\//.test(file))).toEqual([]);
  });

  it.each(Object.keys(GENERATORS))('%s leaves out the spec and the module where it is told to', async (kind) => {
    const app = await withOrder();
    const name = kind === 'command' ? 'orders/create-order' : 'orders/order-again';
    const { tree } = await run(app, GENERATORS[kind]!({ name, spec: false, skipImport: true }));
    const made = tree.files.filter((file) => !app.files.includes(file));
    expect(made.length).toBeGreaterThan(0);
    expect(made.filter((file) => file.endsWith('spec.ts'))).toEqual([]);
    expect(tree.readContent(MODULE)).toBe(app.readContent(MODULE));
  });

  it.each(Object.keys(GENERATORS))('%s refuses what is there already, and names that make no class', async (kind) => {
    const name = kind === 'command' ? 'orders/create-order' : 'orders/order-again';
    const generator = GENERATORS[kind]!;
    const once = (await run(await withOrder(), generator(named(name)))).tree;
    const before = contentsOf(once);
    await expect(run(once, generator(named(name)))).rejects.toMatchObject({ code: 'EXISTS' });
    await expect(run(once, generator(named('orders/2-many')))).rejects.toMatchObject({ code: 'BAD_NAME' });
    expect(contentsOf(once)).toEqual(before);
  });

  it('imports without an ending in CommonJS', async () => {
    const app = appWith({ 'package.json': manifest({}) });
    const { tree } = await run(app, aggregate(named('orders/order')), command(named('orders/create-order')));
    const made = Object.entries(contentsOf(tree)).filter(([path]) => path.startsWith('/src/orders/'));
    expect(made.filter(([, text]) => /from '\.[^']*\.js'/.test(text))).toEqual([]);
  });

  it('takes names as people write them', async () => {
    const { tree } = await run(appWith(), aggregate(named('customerOrders/PurchaseOrder')));
    expect(tree.readContent('src/customer-orders/domain/purchase-order.aggregate.ts')).toContain(
      "@EventSourced('purchase-order')",
    );
  });
});

describe('event', () => {
  it('is named by the aggregate that it begins with, or by its first word', async () => {
    const app = (await run(appWith(), aggregate(named('orders/order-item')))).tree;
    const { tree } = await run(app, event(named('orders/order-item-added')), event(named('orders/stock-was-counted')));
    expect(tree.readContent('src/orders/domain/order-item-added.event.ts')).toContain("'order-item.added'");
    expect(tree.readContent('src/orders/domain/stock-was-counted.event.ts')).toContain("'stock.was-counted'");
    expect(tree.readContent(MODULE)).toContain('events: [OrderItemCreated, OrderItemAdded, StockWasCounted]');
  });
});

describe('command', () => {
  const METHODS = `  ship(trackingNumber: string, parcels: readonly string[]): void {}

  hold(until: Weekday): void {}

  merge(id: string): void {}

  private audit(): void {}

  protected onOrderCreated(`;

  async function withMethods() {
    const tree = await withOrder();
    const path = 'src/orders/domain/order.aggregate.ts';
    tree.overwrite(path, tree.readContent(path).replace('  protected onOrderCreated(', METHODS));
    return tree;
  }

  it('begins a stream by the first method of the aggregate', async () => {
    const { tree } = await run(await withMethods(), command(named('orders/create-order')));
    expect(tree.readContent('src/orders/commands/create-order.handler.ts')).toMatch(
      /repository\.create\(id, \(aggregate\) =>\s+aggregate\.create\(title\)/,
    );
    expect(tree.readContent(MODULE)).toContain('providers: [AppService, CreateOrderHandler]');
  });

  it('goes on with a stream by any other, and takes its parameters', async () => {
    const { tree } = await run(await withMethods(), command(named('orders/ship-order')));
    expect(tree.readContent('src/orders/commands/ship-order.command.ts')).toMatch(
      /readonly id: string,\s+readonly trackingNumber: string,\s+readonly parcels: readonly string\[\],/,
    );
    expect(tree.readContent('src/orders/commands/ship-order.handler.ts')).toMatch(
      /repository\.update\(id, \(aggregate\) =>\s+aggregate\.ship\(trackingNumber, parcels\)/,
    );
  });

  it.each([
    ['orders/cancel-order', 'NO_METHOD'],
    ['orders/audit-order', 'NO_METHOD'],
    ['orders/hold-order', 'NOT_UNDERSTOOD'],
    ['orders/merge-order', 'NOT_UNDERSTOOD'],
    ['invoices/create-invoice', 'NO_AGGREGATE'],
  ])('refuses %s', async (name, code) => {
    await expect(run(await withMethods(), command(named(name)))).rejects.toMatchObject({ code });
  });

  it('refuses to guess which of several aggregates is meant', async () => {
    const two = (await run(await withOrder(), aggregate(named('orders/parcel')))).tree;
    await expect(run(two, command(named('orders/create')))).rejects.toMatchObject({ code: 'NO_AGGREGATE' });
  });
});

describe('projection', () => {
  it('gives its read model to the projection and to the module', async () => {
    const { tree } = await run(await withOrder(), projection(named('orders/order-summary')));
    expect(tree.readContent(MODULE).match(/\bOrderSummaryModule\b/g)).toHaveLength(3);
  });

  it('has its migration listed', async () => {
    const { tree } = await run(await withOrder(), projection(named('orders/order-summary')));
    const [migration] = tree.files.filter((file) => file.startsWith('/src/database/migrations/'));
    const className = /class (\w+)/.exec(tree.readContent(migration!))?.[1];
    expect(tree.readContent('src/database/migrations.ts')).toMatch(new RegExp(`= \\[\\s*${className},?\\s*\\]`));
    expect(tree.readContent('src/database/migrations.ts')).toContain(`from './migrations/`);
  });

  it('says which migration is to be listed where the list is not as it expects', async () => {
    const app = (await run(appWith(), aggregate(named('orders/order')))).tree;
    const { warnings } = await run(app, projection(named('orders/order-summary')));
    expect(warnings).toEqual([expect.stringMatching(/^List CreateOrderSummary\d+ of src\/database\/migrations\//)]);
  });

  it.each([
    ['invoices/open-invoices', 'there is no event'],
    ['orders/overview', 'there are events of several kinds'],
  ])('refuses %s where %s', async (name) => {
    const app = (await run(await withOrder(), event(named('orders/stock-counted')))).tree;
    await expect(run(app, projection(named(name)))).rejects.toMatchObject({ code: 'NO_EVENTS' });
  });
});

describe('subscriber', () => {
  it('gets the events that its name speaks of', async () => {
    const app = (await run(await withOrder(), event(named('orders/stock-counted')))).tree;
    const { tree } = await run(app, subscriber(named('orders/stock-alarm')));
    expect(tree.readContent('src/orders/subscribers/stock-alarm.subscriber.ts')).toContain("@On('stock.*')");
    expect(tree.readContent(MODULE)).toMatch(/imports: \[StockAlarmModule\],\s+subscribers: \[StockAlarmSubscriber\]/);
  });
});
