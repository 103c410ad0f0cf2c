/** `5.5 million` */
export function parameterWords(parameters: number): string {
  if (parameters < 1e6) return `${Math.round(parameters / 1e3)} thousand`;
  const millions = parameters / 1e6;
  return `${millions.toFixed(millions < 100 ? 1 : 0)} million`;
}

/** The last part of a path, whichever way its slashes lean. */
export function fileNameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
