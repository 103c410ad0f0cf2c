/**
 * Every screen and its address. Screens of a project lie under `/p/:project`; the project's id comes from there and from
 * nowhere else (`stores/project.ts`).
 */
import { createRouter, createWebHashHistory } from 'vue-router';
// Where most starts lead: with the rest of the page it is there a fifth of a second sooner.
import ProjectsView from './views/projects/ProjectsView.vue';

declare module 'vue-router' {
  interface RouteMeta {
    /** What the window and the screen reader call it. */
    readonly title: string;
  }
}

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    {
      path: '/',
      name: 'projects',
      component: ProjectsView,
      meta: { title: 'Projects' },
    },
    {
      path: '/backbones',
      name: 'backbones',
      component: () => import('./views/backbones/BackbonesView.vue'),
      meta: { title: 'Backbones' },
    },
    {
      path: '/settings',
      name: 'settings',
      component: () => import('./views/settings/SettingsView.vue'),
      meta: { title: 'Settings' },
    },
    { path: '/p/:project(\\d+)', redirect: (to) => ({ name: 'library', params: to.params }) },
    {
      path: '/p/:project(\\d+)/library',
      name: 'library',
      component: () => import('./views/library/LibraryView.vue'),
      meta: { title: 'Library' },
    },
    {
      path: '/p/:project(\\d+)/label',
      name: 'label',
      component: () => import('./views/label/LabelView.vue'),
      meta: { title: 'Label' },
    },
    {
      path: '/p/:project(\\d+)/train',
      name: 'train',
      component: () => import('./views/train/TrainView.vue'),
      meta: { title: 'Train' },
    },
    {
      path: '/p/:project(\\d+)/runs',
      name: 'runs',
      component: () => import('./views/runs/RunsView.vue'),
      meta: { title: 'Runs' },
    },
    {
      path: '/p/:project(\\d+)/runs/:run(\\d+)',
      name: 'run',
      component: () => import('./views/run/RunView.vue'),
      meta: { title: 'Run' },
    },
    {
      path: '/p/:project(\\d+)/sweeps/:sweep([1-9]\\d*)',
      name: 'sweep',
      component: () => import('./views/sweep/SweepView.vue'),
      meta: { title: 'Sweep' },
    },
    {
      path: '/p/:project(\\d+)/compare',
      name: 'compare',
      component: () => import('./views/compare/CompareView.vue'),
      meta: { title: 'Compare runs' },
    },
    {
      path: '/p/:project(\\d+)/packs',
      name: 'packs',
      component: () => import('./views/packs/PacksView.vue'),
      meta: { title: 'Packs' },
    },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
});
