import { defineStore } from 'pinia';
import { computed } from 'vue';
import { connection, reconnectNow } from '../bridge/client.ts';

/** How the line to the core fares. */
export const useConnection = defineStore('connection', () => ({
  state: computed(() => connection.value.state),
  message: computed(() => connection.value.message),
  reconnect: reconnectNow,
}));
