import {useState} from 'preact/hooks';
import {change} from '../../api/client';
import {attempt} from '../../parts/notice';
import {Field, Panel, Switch, TextInput} from '../../parts/parts';
import type {Changes, LayoutControl} from './layout';

const EMOJI = ['🎉', '👏', '❤️', '😂', '👍', '🔥', '😮', '🙏'];

/** What an operator puts into the picture all the time: text, banner, toast, emoji. */
export function Show({base, layout}: {base: string; layout: LayoutControl}) {
  const {params} = layout;
  const [toast, setToast] = useState('');
  const [emoji, setEmoji] = useState('');
  const set = (params: Changes) => layout.set({params});
  const react = (one: string) => attempt(() => change('POST', `${base}/reactions`, {emoji: one, from: 'dashboard'}));
  const text = (name: string, otherwise: string) => String(params[name] ?? otherwise);
  return (
    <Panel title="In the picture">
      <div class="show">
        <div class="block">
          <label class="check">
            <Switch on={params['showTextOverlay'] === true} onChange={(on) => set({showTextOverlay: on})} /> Text
          </label>
          <TextInput
            lines={2}
            aria-label="Text"
            value={text('text.content', 'An example text overlay')}
            onDone={(value) => set({'text.content': value})}
          />
        </div>
        <div class="block">
          <label class="check">
            <Switch on={params['showBannerOverlay'] === true} onChange={(on) => set({showBannerOverlay: on})} /> Banner
          </label>
          <TextInput
            aria-label="Banner's title"
            value={text('banner.title', 'Hello world')}
            onDone={(value) => set({'banner.title': value})}
          />
          <TextInput
            aria-label="Banner's subtitle"
            value={text('banner.subtitle', 'This is an example subtitle')}
            onDone={(value) => set({'banner.subtitle': value})}
          />
        </div>
        <div class="block">
          <form
            onSubmit={async (e) => {
              e.preventDefault();
              if (await attempt(() => change('POST', `${base}/toasts`, {text: toast}))) setToast('');
            }}
          >
            <Field label="Toast">
              <span class="inline">
                <input
                  required
                  maxLength={500}
                  value={toast}
                  placeholder="Ada joined"
                  onInput={(e) => setToast(e.currentTarget.value)}
                />
                <button type="submit">Show</button>
              </span>
            </Field>
          </form>
          <form
            onSubmit={async (e) => {
              e.preventDefault();
              if (await react(emoji.trim())) setEmoji('');
            }}
          >
            <div class="emoji" role="group" aria-label="Reactions">
              {EMOJI.map((one) => (
                <button key={one} type="button" aria-label={`React with ${one}`} onClick={() => react(one)}>
                  {one}
                </button>
              ))}
              <input
                required
                aria-label="Another emoji"
                placeholder="…"
                maxLength={16}
                value={emoji}
                onInput={(e) => setEmoji(e.currentTarget.value)}
              />
            </div>
          </form>
        </div>
      </div>
    </Panel>
  );
}
