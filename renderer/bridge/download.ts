/** Gives the person a file, through the ordinary download of browser or desktop app. */

export function downloadText(fileName: string, text: string, type = 'text/csv'): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  downloadAddress(address, fileName);
  // The download has taken hold of it by then; revoking at once would cut it off in some browsers.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export function downloadAddress(address: string, fileName = ''): void {
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  link.click();
}
