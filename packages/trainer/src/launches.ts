/**
 * Parameters that are updated together: those that have had equally many updates, at most `most` elements unless a single one has more.
 * @param of the updates that a parameter has had, and its elements.
 */
export function launchesOf(
  names: readonly string[],
  of: (name: string) => readonly [step: number, size: number],
  most: number,
): string[][] {
  const launches: string[][] = [];
  let [last, elements] = [-1, 0];
  for (const name of [...names].sort((a, b) => of(a)[0] - of(b)[0])) {
    const [step, size] = of(name);
    const fits = step === last && elements + size <= most;
    if (fits) (launches[launches.length - 1] as string[]).push(name);
    else launches.push([name]);
    elements = (fits ? elements : 0) + size;
    last = step;
  }
  return launches;
}
