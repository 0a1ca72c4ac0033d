/** Names that say a schema is not for clients. */
const PRIVATE =
  /^_?(?:auth|basic_auth|private|priv|internal|secrets?|vault|hidden|restricted|credentials?|admin|security)(?:_(?:data|schema|api|tables))?$|_(?:private|priv|internal|secrets?|hidden|vault)$/;

/** Whether a schema's name says that it is not for clients. */
export function namesPrivate(schema: string): boolean {
  return PRIVATE.test(schema);
}
