import { SchematicsException } from '@angular-devkit/schematics';

/** What is in the way of a schematic. */
export type RefusalCode =
  | 'NO_APP'
  | 'NO_APP_MODULE'
  | 'NEST_TOO_OLD'
  | 'NOT_UNDERSTOOD'
  | 'BAD_NAME'
  | 'EXISTS'
  | 'NO_AGGREGATE'
  | 'NO_METHOD'
  | 'NO_EVENTS';

/** The app is not one that the schematic can change; nothing was written. */
export class RefusalError extends SchematicsException {
  override readonly name = 'RefusalError';

  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }
}
