/** Calls back once the frame that is being prepared has been handed to the screen. */
export function afterPaint(then: () => void): void {
  requestAnimationFrame(() => {
    // A message is delivered after the frame's own work, where a timer might wait for milliseconds.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      then();
    };
    port2.postMessage(null);
  });
}
