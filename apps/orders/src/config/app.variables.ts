import type { EnvironmentVariables } from '@tidemark/event-sourcing';
import { z } from 'zod';
import { ABOUT } from '../about.js';

/** Longest wait of a read, in milliseconds. */
const LONGEST_WAIT_MS = 60_000;
const WAIT_RANGE = `must be a whole number from 0 to ${LONGEST_WAIT_MS}`;

/** What this app has of its own, beside the variables of the library. */
export const APP_VARIABLES = {
  STORE: {
    field: z.enum(['postgres', 'memory'], { error: "must be 'postgres' or 'memory'" }),
    default: 'postgres',
    type: '`postgres` or `memory`',
    example: 'memory',
    meaning: '`memory` keeps everything in the process, for as long as it runs.',
  },
  TIDEMARK_DATA_DIR: {
    field: z.string(),
    default: '.data/postgres',
    type: 'path',
    example: '.data/postgres',
    meaning: 'Folder with the data of the server that the app starts where there is no `DATABASE_URL`.',
  },
  READ_MODEL_TIMEOUT_MS: {
    field: z
      .string()
      .regex(/^\d{1,5}$/, WAIT_RANGE)
      .transform(Number)
      .refine((value) => value <= LONGEST_WAIT_MS, WAIT_RANGE),
    default: '5000',
    type: 'milliseconds, to 60000',
    example: '5000',
    meaning: 'How long a read waits for the position that it names.',
  },
} as const satisfies EnvironmentVariables;

/** What holds for this app where the environment says nothing, in the place of the library's defaults. */
export const APP_DEFAULTS = { SERVICE_NAME: ABOUT.name, LOG_LEVEL: 'warn' } as const;
