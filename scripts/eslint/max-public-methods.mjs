/**
 * A class shows at most `max` public methods: more is two classes. Constructors, accessors and the signatures of
 * overloads do not count.
 *
 * @type {import('eslint').Rule.RuleModule}
 */
export const maxPublicMethods = {
  meta: {
    type: 'suggestion',
    docs: { description: 'limit the public methods of a class' },
    schema: [{ type: 'integer', minimum: 1 }],
    defaultOptions: [10],
    messages: { tooMany: "'{{name}}' has {{count}} public methods, the limit is {{max}}." },
  },
  create(context) {
    const [max] = context.options;
    return {
      ClassBody(body) {
        const count = body.body.filter(isPublicMethod).length;
        if (count <= max) return;
        const name = body.parent.id?.name ?? 'anonymous class';
        context.report({ node: body.parent.id ?? body.parent, messageId: 'tooMany', data: { name, count, max } });
      },
    };
  },
};

function isPublicMethod(member) {
  if (member.type !== 'MethodDefinition' && member.type !== 'TSAbstractMethodDefinition') return false;
  const isOverload = member.type === 'MethodDefinition' && member.value.type === 'TSEmptyBodyFunctionExpression';
  const isHidden = ['private', 'protected'].includes(member.accessibility) || member.key.type === 'PrivateIdentifier';
  return member.kind === 'method' && !isOverload && !isHidden;
}
