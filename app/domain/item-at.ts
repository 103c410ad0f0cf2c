/** An item that has to be there. Throws RangeError where the list is shorter. */
export function itemAt<T>(list: readonly T[], at: number): T {
  const item = list[at];
  if (item === undefined) throw new RangeError(`There is no item ${at} in a list of ${list.length}.`);
  return item;
}
