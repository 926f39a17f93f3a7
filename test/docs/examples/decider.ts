import { Injectable } from '@nestjs/common';
import { DeciderRepository, defineDecider, DomainEvent, InjectDecider } from '@tidemark/event-sourcing';

@DomainEvent('screening.seats-reserved')
export class SeatsReserved {
  constructor(readonly seats: number) {}
}

@DomainEvent('screening.seats-released')
export class SeatsReleased {
  constructor(readonly seats: number) {}
}

export interface Screening {
  readonly free: number;
}

export type ScreeningCommand =
  { readonly do: 'reserve'; readonly seats: number } | { readonly do: 'release'; readonly seats: number };

export type ScreeningEvent = SeatsReserved | SeatsReleased;

export const screening = defineDecider({
  category: 'screening',
  initialState: (): Screening => ({ free: 40 }),
  decide(command: ScreeningCommand, { free }) {
    if (command.do === 'release') return [new SeatsReleased(command.seats)];
    if (command.seats > free) throw new Error(`There are only ${free} seats left.`);
    return [new SeatsReserved(command.seats)];
  },
  evolve({ free }, event: ScreeningEvent) {
    return { free: event instanceof SeatsReserved ? free - event.seats : free + event.seats };
  },
});

@Injectable()
export class Screenings {
  constructor(
    @InjectDecider(screening)
    private readonly screenings: DeciderRepository<Screening, ScreeningCommand, ScreeningEvent>,
  ) {}

  async reserve(id: string, seats: number): Promise<number> {
    const { state } = await this.screenings.execute(id, { do: 'reserve', seats });
    return state.free;
  }
}
