/**
 * Keeps the runtime from talking: official builds look up and report to a server of their maker's and leave an identifier
 * of the machine in the home folder, unless this is set before the first session. Imported before the runtime by all who
 * load it; the runtime reads it when it makes its environment, which is not before the first session.
 */
process.env['ORT_DISABLE_TELEMETRY'] = '1';
