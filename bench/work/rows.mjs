import { append1 } from './append-1.mjs';

/** All rows, in the order in which they run. */
export const ROWS = [append1];
