import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../random.mjs';

/** Ends one connection of these workers ($1); where $2 is true, rather one that is at work. */
const TERMINATE = `
  select "isInTransaction" from (
    select pid, state = 'idle in transaction' or (state = 'active' and xact_start < query_start) as "isInTransaction"
    from pg_stat_activity
    where application_name = any ($1) and backend_type = 'client backend'
    order by $2 and state = 'idle', random() limit 1
  ) as victim where pg_terminate_backend(pid)`;

const LONGEST_REST_MS = 70;

/** Ends connections of workers under them, at random moments: for the engine as good as the death of the server, and cheap. */
export class BackendKills {
  done = 0;
  /** Of those, which were in the middle of a transaction. */
  inTransaction = 0;
  #client;
  #fleet;
  #random;

  /** @param parts `{ seed, fleet, client }` */
  constructor({ seed, fleet, client }) {
    this.#fleet = fleet;
    this.#client = client;
    this.#random = new Random(seed, 'backend-kills');
  }

  async run(wanted) {
    while (this.done < wanted) {
      await delay(this.#random.between(0, LONGEST_REST_MS));
      // Not of those that are starting: as any application, they would not come up.
      const names = this.#fleet.active.map(({ pid }) => `torture-worker-${pid}`);
      const { rows } = await this.#client.query(TERMINATE, [names, this.#random.chance(0.7)]);
      for (const { isInTransaction } of rows) {
        this.done += 1;
        this.inTransaction += Number(isInTransaction);
      }
    }
  }
}
