/**
 * Short notices in the corner.
 *
 *   notify('Labelled 12 photos "rust"', { undo: () => … })   with an Undo button
 *   notifyError(error)                                       for something that was asked for and did not happen
 *   notifyFailure('Importing "plots"', error)                for work that was going on by itself
 *   await attempt(() => core.runs.stop({ run }))             runs it; a failure becomes a notice, and null is returned
 *
 * An error that belongs to a place on the screen is shown there with `components/ErrorPanel.vue` instead.
 */
import { useToast } from '@nuxt/ui/composables';
import type { AppError } from '#app/domain/errors.ts';
import { toAppError } from '../bridge/to-app-error.ts';

export interface Notices {
  readonly notify: (text: string, options?: { readonly undo?: () => unknown; readonly description?: string }) => void;
  readonly notifyError: (thrown: unknown) => void;
  readonly notifyFailure: (title: string, error: AppError) => void;
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T | null>;
}

export function useNotices(): Notices {
  const toast = useToast();

  function notifyError(thrown: unknown): void {
    const error = toAppError(thrown);
    if (error.kind === 'cancelled') return;
    toast.add({
      title: error.kind === 'bug' ? 'This went wrong inside DTL Studio' : 'This was not done',
      description: error.message,
      color: 'error',
      icon: 'i-lucide-triangle-alert',
      duration: 12_000,
    });
  }

  return {
    notify(text, options = {}) {
      const { undo, description } = options;
      toast.add({
        title: text,
        duration: undo === undefined ? 4000 : 8000,
        ...(description === undefined ? {} : { description }),
        ...(undo === undefined
          ? {}
          : { actions: [{ label: 'Undo', color: 'neutral', variant: 'outline', onClick: () => void undo() }] }),
      });
    },
    notifyError,
    notifyFailure(title, error) {
      toast.add({
        title: `${title} failed`,
        description: error.message,
        color: 'error',
        icon: 'i-lucide-triangle-alert',
        duration: 12_000,
      });
    },
    async attempt(work) {
      try {
        return await work();
      } catch (thrown) {
        notifyError(thrown);
        return null;
      }
    },
  };
}
