type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what was given: optional values from outside may be there and undefined, which is not the same as absent. */
export function given<T extends object>(values: T): Given<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Given<T>;
}
