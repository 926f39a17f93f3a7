/** Methods of ports, by the object that implements them. */
type Awaited = readonly [port: object, methods: readonly string[]];

/** Looks in a row at which nothing may be under way for a loop to be at rest; it never awaits more than its ports. */
const QUIET_LOOKS = 20;

/** The moments right before and right after each call of a port, as they come up; something can be done at any of them. */
export class AwaitPoints {
  private underWay = 0;
  private quietLooks = 0;
  private countdown = 0;
  private act: (point: string) => Promise<unknown> = async () => undefined;

  /** Watches these methods from now on, in place. */
  constructor(watched: readonly Awaited[]) {
    for (const [port, methods] of watched) for (const method of methods) this.watch(port, method);
  }

  /** Has `act` done at the n-th point from now; `point` says which that was, once it has been reached. */
  atThe(nth: number, act: () => Promise<unknown>): { readonly point: string | undefined } {
    const reached: { point: string | undefined } = { point: undefined };
    this.countdown = nth;
    this.act = (point) => {
      reached.point = point;
      return act();
    };
    return reached;
  }

  /** Whatever was to be done at a point that has not been reached is not to be done any more. */
  forget(): void {
    this.countdown = 0;
  }

  /** Whether nothing is under way, and was not at the last looks either. Ask once in each turn of the event loop. */
  isQuiet(): boolean {
    this.quietLooks = this.underWay === 0 ? this.quietLooks + 1 : 0;
    return this.quietLooks > QUIET_LOOKS;
  }

  private watch(port: object, method: string): void {
    const methods = port as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const original = methods[method];
    if (original === undefined) throw new Error(`${port.constructor.name} has no ${method}`);
    methods[method] = async (...args) => {
      this.underWay += 1;
      this.quietLooks = 0;
      try {
        await this.pass(`before ${method}`);
        const result = await original.apply(port, [...args]);
        await this.pass(`after ${method}`);
        return result;
      } finally {
        this.underWay -= 1;
      }
    };
  }

  private async pass(point: string): Promise<void> {
    this.countdown -= 1;
    if (this.countdown === 0) await this.act(point);
  }
}
