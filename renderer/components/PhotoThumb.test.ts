// @vitest-environment happy-dom
import { flushPromises, mount } from '@vue/test-utils';
import { beforeEach, expect, it, vi } from 'vitest';
import PhotoThumb from './PhotoThumb.vue';

const source = vi.hoisted(() => vi.fn<(address: string) => string | Promise<string>>());
vi.mock('../bridge/thumbs.ts', () => ({ thumbs: { source } }));

let decoded: { resolve: () => void; reject: (reason: Error) => void }[] = [];

beforeEach(() => {
  source.mockImplementation((address) => address);
  decoded = [];
  HTMLImageElement.prototype.decode = () =>
    new Promise<void>((resolve, reject) => {
      decoded.push({ resolve, reject });
    });
});

const photo = { address: '/media/thumb/1?h=ab', alt: 'leaf.jpg', width: 400, height: 300 };

it('has the shape of the photo before it is there, and keeps it afterwards', async () => {
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  const before = wrapper.attributes('style');
  expect(before).toContain('400 / 300');
  decoded[0]?.resolve();
  await flushPromises();
  expect(wrapper.attributes('style')).toBe(before);
});

it('paints nothing that is not decoded', async () => {
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  expect(wrapper.get('img').classes()).toContain('opacity-0');
  decoded[0]?.resolve();
  await flushPromises();
  expect(wrapper.get('img').classes()).toContain('opacity-100');
});

it('says in words that there is no picture, at the same size', async () => {
  const wrapper = mount(PhotoThumb, { props: { ...photo, reason: 'Not an image' } });
  await flushPromises();
  decoded[0]?.reject(new Error('broken'));
  await flushPromises();
  expect(wrapper.find('img').exists()).toBe(false);
  expect(wrapper.get('[role=img]').attributes('aria-label')).toBe('leaf.jpg: Not an image');
  expect(wrapper.attributes('style')).toContain('400 / 300');
});

it('does not show the photo before under the name of the next', async () => {
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  await wrapper.setProps({ address: '/media/thumb/2?h=cd', alt: 'root.jpg' });
  await flushPromises();
  expect(decoded).toHaveLength(2);
  decoded[0]?.resolve();
  await flushPromises();
  expect(wrapper.get('img').classes()).toContain('opacity-0');
});

it('shows the next photo after one that could not be shown', async () => {
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  decoded[0]?.reject(new Error('broken'));
  await flushPromises();
  await wrapper.setProps({ address: '/media/thumb/2?h=cd' });
  await flushPromises();
  decoded[1]?.resolve();
  await flushPromises();
  expect(wrapper.get('img').classes()).toContain('opacity-100');
});

it('fetches nothing while the picture is wanted later, and then shows it', async () => {
  const wrapper = mount(PhotoThumb, { props: { ...photo, later: true } });
  await flushPromises();
  expect(wrapper.find('img').exists()).toBe(false);
  expect(wrapper.find('[role=img]').exists()).toBe(false);
  await wrapper.setProps({ later: false });
  await flushPromises();
  decoded[0]?.resolve();
  await flushPromises();
  expect(wrapper.get('img').classes()).toContain('opacity-100');
});

it('lets go of a picture that nobody waits for any more', async () => {
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  const { element } = wrapper.get('img');
  wrapper.unmount();
  expect(element.hasAttribute('src')).toBe(false);
});

it('shows at once what is here already, and says so where it cannot be decoded', async () => {
  const here = 'data:image/jpeg;base64,AAAA';
  source.mockReturnValue(here);
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  expect(decoded).toHaveLength(0);
  expect(wrapper.attributes('data-state')).toBe('shown');
  expect(wrapper.get('img').attributes()).toMatchObject({ src: here, decoding: 'sync' });
  await wrapper.get('img').trigger('error');
  expect(wrapper.attributes('data-state')).toBe('failed');
});

it('does not show a picture that comes after the next one was asked for', async () => {
  const first = Promise.withResolvers<string>();
  source.mockReturnValueOnce(first.promise).mockReturnValueOnce('data:image/jpeg;base64,BBBB');
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  await wrapper.setProps({ address: '/media/thumb/2?h=cd' });
  await flushPromises();
  first.resolve('data:image/jpeg;base64,AAAA');
  await flushPromises();
  expect(wrapper.get('img').attributes('src')).toBe('data:image/jpeg;base64,BBBB');
});

it('puts a picture that is here in the place of the one before, without hiding either', async () => {
  source.mockReturnValueOnce('data:image/jpeg;base64,AAAA').mockReturnValue('data:image/jpeg;base64,BBBB');
  const wrapper = mount(PhotoThumb, { props: photo });
  await flushPromises();
  const states: (string | undefined)[] = [];
  const watching = new MutationObserver(() => states.push(wrapper.attributes('data-state')));
  watching.observe(wrapper.element as Node, { attributes: true });
  await wrapper.setProps({ address: '/media/thumb/2?h=cd' });
  expect(wrapper.get('img').attributes()).toMatchObject({ src: 'data:image/jpeg;base64,BBBB', decoding: 'sync' });
  await flushPromises();
  expect(states.filter((state) => state !== 'shown')).toEqual([]);
  expect(wrapper.get('img').classes()).toContain('opacity-100');
  watching.disconnect();
});
