import {render} from 'preact';
import '../style.css';
import {key} from '../app/session';
import {Watch} from './watch';

// The token is taken from the address after "#token=", which browsers do not send, and left there, for the page to be loaded
// again. A tab that the dashboard opened has its key.
const token = new URLSearchParams(location.hash.slice(1)).get('token');
if (token) key.value = token;
const [, , call, composition] = location.pathname.split('/').map(decodeURIComponent);
render(<Watch call={call!} id={composition!} />, document.getElementById('app')!);
