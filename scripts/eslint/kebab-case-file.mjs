import { basename } from 'node:path';

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

/**
 * Files are named in kebab-case, with a role after a dot: `event-store.options.ts`.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const kebabCaseFile = {
  meta: {
    type: 'suggestion',
    docs: { description: 'demand file names in kebab-case' },
    schema: [],
    messages: { wrong: "The file name '{{name}}' is not kebab-case." },
  },
  create(context) {
    return {
      Program(node) {
        const name = basename(context.filename).replace(/^\./, '');
        if (!KEBAB_CASE.test(name))
          context.report({ node, loc: { line: 1, column: 0 }, messageId: 'wrong', data: { name } });
      },
    };
  },
};
