import { EventSourced, EventSourcedAggregate } from '@tidemark/event-sourcing';

/** Sums up what was ordered; replayed whole at each load. */
export class Tally extends EventSourcedAggregate {
  orders = 0;
  total = 0;

  onPlaced({ total }) {
    this.orders += 1;
    this.total += total;
  }
}
EventSourced('tally')(Tally);

/** The same with snapshots. */
export class SnapshotTally extends EventSourcedAggregate {
  orders = 0;
  total = 0;

  onPlaced({ total }) {
    this.orders += 1;
    this.total += total;
  }
}
EventSourced('snapshottally', { snapshotEvery: 100 })(SnapshotTally);
