import type { SubscriptionDirectory } from '../../subscriptions/index.js';
import { CommandError } from '../errors.js';
import { EXIT } from '../exit-code.js';
import type { StoreSession } from '../store-session.js';

type Control = NonNullable<ReturnType<Awaited<ReturnType<SubscriptionDirectory['controls']>>['get']>>;

/** What holds for the subscription of this name. Throws {@link CommandError} where none was ever noted. */
export async function existing({ directory }: StoreSession, name: string): Promise<Control> {
  const controls = await directory.controls();
  const control = controls.get(name);
  if (control !== undefined) return control;
  const known = [...controls.keys()].sort().join(', ');
  const hint = known === '' ? 'none has ever run on this store' : `known are ${known}`;
  throw new CommandError(EXIT.notFound, `There is no subscription '${name}'; ${hint}.`);
}
