import { kebabCaseFile } from './kebab-case-file.mjs';
import { maxPublicMethods } from './max-public-methods.mjs';

/** The rules that no kept plugin offers. */
export const house = { rules: { 'kebab-case-file': kebabCaseFile, 'max-public-methods': maxPublicMethods } };
