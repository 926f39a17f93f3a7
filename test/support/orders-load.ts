import { OrdersClient, seeing } from './orders-client.js';

/** Clients that place orders, and ship every second one, as fast as they are answered, until nobody answers any more or it is stopped. */
export class OrdersLoad {
  /** Customers of all orders that were asked for; one for each request. */
  readonly sent = new Set<string>();
  /** Version of each order by the last answer about it. */
  readonly versions = new Map<string, number>();
  /** Answers that were neither 200 nor 201. */
  readonly refusals: number[] = [];
  /** Orders whose placing was answered. */
  placed = 0;
  /** Writes of either kind that were answered. */
  answered = 0;
  /** Greatest position that was answered. */
  lastPosition = 0n;
  /** Resolves when all clients have found nobody there. */
  readonly ended: Promise<void>;
  private readonly orders: OrdersClient;
  private going = true;

  /** @param name tells the customers of several loads apart. */
  constructor(
    url: string,
    clients: number,
    private readonly name = 'client',
  ) {
    this.orders = new OrdersClient(url);
    this.ended = Promise.all(Array.from({ length: clients }, (_, client) => this.run(client))).then(() => undefined);
  }

  /** Resolves when all that was asked has been answered. */
  async stop(): Promise<void> {
    this.going = false;
    await this.ended;
  }

  private async run(client: number): Promise<void> {
    try {
      for (let count = 0; this.going; count++) {
        await this.placeAndShip(`${this.name}-${client}-order-${count}`, count % 2 === 1);
      }
    } catch (error) {
      // Nobody there, or gone in the middle of an answer. Not by instanceof: fetch throws a TypeError of its own realm.
      if ((error as Error).name !== 'TypeError') throw error;
    }
  }

  private async placeAndShip(customerId: string, andShip: boolean): Promise<void> {
    this.sent.add(customerId);
    const placed = await this.orders.place({ customerId });
    this.note(placed);
    if (placed.status !== 201) return;
    this.placed += 1;
    if (andShip) this.note(await this.orders.ship(placed.body.id));
  }

  private note(write: Awaited<ReturnType<OrdersClient['place']>>): void {
    if (write.status !== 200 && write.status !== 201) {
      this.refusals.push(write.status);
      return;
    }
    const position = BigInt(seeing(write)['x-tidemark-position']!);
    if (position > this.lastPosition) this.lastPosition = position;
    this.versions.set(write.body.id, write.body.version);
    this.answered += 1;
  }
}
