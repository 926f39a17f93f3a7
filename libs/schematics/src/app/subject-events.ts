import type { Tree } from '@angular-devkit/schematics';
import { type DomainClass, eventsIn } from './domain-sources.js';
import { type Feature, specifierOf } from './feature.js';
import { RefusalError } from './refusal.js';

/** The events that a subscription is made for. */
export interface SubjectEvents {
  /** What the wire names of all of them begin with: `order`. */
  readonly subject: string;
  /** Each with how a folder of the feature beside `domain` imports it. */
  readonly events: readonly { readonly className: string; readonly from: string }[];
  /** One of them, as a spec makes it. */
  readonly example: {
    readonly className: string;
    readonly from: string;
    readonly wireName: string;
    readonly source: string;
  };
}

/**
 * The events of a feature that a subscription of this name is about: those whose wire names begin with a word of its name, or else
 * with what all events of the feature begin. Throws a {@link RefusalError} where there is none.
 */
export function subjectEventsOf(tree: Tree, { folder, name, app }: Feature): SubjectEvents {
  const known = eventsIn(tree, folder).filter(({ wireName }) => wireName?.includes('.'));
  const subjects = [...new Set(known.map(subjectOf))];
  const named = subjects.filter((subject) => `-${name}-`.includes(`-${subject}-`)).sort((a, b) => b.length - a.length);
  const subject = named[0] ?? (subjects.length === 1 ? subjects[0] : undefined);
  const events = known.filter((event) => subjectOf(event) === subject);
  const example = events.find(({ constructorParameters: all }) => all.every(({ sample }) => sample !== undefined));
  if (subject === undefined || example === undefined) throw refusal(folder, name, subjects);
  const samples = example.constructorParameters.map(({ sample }) => sample).join(', ');
  const from = ({ file }: DomainClass): string => specifierOf(`${folder}/beside`, file) + app.importSuffix;
  return {
    subject,
    events: events.map((event) => ({ className: event.className, from: from(event) })),
    example: {
      className: example.className,
      from: from(example),
      wireName: example.wireName ?? '',
      source: `new ${example.className}(${samples})`,
    },
  };
}

function subjectOf({ wireName = '' }: DomainClass): string {
  return wireName.slice(0, wireName.indexOf('.'));
}

function refusal(folder: string, name: string, subjects: readonly string[]): RefusalError {
  return new RefusalError(
    'NO_EVENTS',
    subjects.length > 1
      ? `The events in ${folder}/domain are about ${subjects.join(', ')}, and '${name}' has the name of none of them.`
      : `${folder}/domain has no event with fields of string, number, boolean, bigint or Date. Make one first: nest g -c @tidemark/event-sourcing event …`,
  );
}
