/**
 * The results of `step` over `items`, in their order, with up to `depth` items under way besides the one whose result is in use.
 * Ends with the first failure; whoever leaves early waits for what is under way, whose failures are then nobody's.
 */
export async function* ahead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  depth: number,
  step: (item: T) => Promise<R>,
): AsyncGenerator<R, void> {
  const source = iteratorOf(items);
  const underWay: Promise<{ readonly result: R } | null>[] = [];
  // Items are asked for one after the other, their steps are not.
  let asked: Promise<unknown> = Promise.resolve();
  const begin = (): void => {
    const item = asked.then(() => source.next());
    asked = item.catch(() => undefined);
    const one = item.then(async (next) => (next.done === true ? null : { result: await step(next.value) }));
    one.catch(() => undefined);
    underWay.push(one);
  };
  try {
    for (let at = 0; at < depth; at++) begin();
    for (;;) {
      begin();
      const next = await underWay.shift();
      if (next === null || next === undefined) return;
      yield next.result;
    }
  } finally {
    await Promise.allSettled(underWay);
    await source.return?.();
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
