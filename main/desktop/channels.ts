/** Between preload and shell only; the page sees verbs (`app/contract/host.ts`). */
export const channels = {
  pickFolder: 'dtl:pick-folder',
  pickFile: 'dtl:pick-file',
  copyText: 'dtl:copy-text',
  connect: 'dtl:connect',
  port: 'dtl:port',
  core: 'dtl:core',
  command: 'dtl:command',
} as const;
