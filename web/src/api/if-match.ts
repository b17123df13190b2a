/** The command is refused with 412 if the thing has another version by then. */
export const ifMatch = (version: number) => ({ 'If-Match': `"${version}"` })
