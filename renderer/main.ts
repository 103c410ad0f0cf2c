/** Puts the page together: theme, router, stores, and the line to the core. */
import '@fontsource-variable/inter/wght.css';
import './style.css';
import ui from '@nuxt/ui/vue-plugin';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { connectCore } from './bridge/client.ts';
import { followEvents } from './bridge/events.ts';
import { router } from './router.ts';

const app = createApp(App);
app.use(createPinia());
app.use(router);
app.use(ui);
connectCore();
followEvents();
app.mount('#app');

// The screens that are opened next are read when the first one is there, so that opening them only shows them.
const AFTER_FIRST_MS = 250;
void router.isReady().then(() =>
  setTimeout(
    () =>
      requestIdleCallback(() => {
        void import('./views/library/LibraryView.vue');
        void import('./views/label/LabelView.vue');
      }),
    AFTER_FIRST_MS,
  ),
);
