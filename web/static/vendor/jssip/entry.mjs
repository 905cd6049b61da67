// What of JsSIP the phone in the page uses; built into jssip.js as README.md says.
import JsSIP from "jssip";

export const { UA, WebSocketInterface, C } = JsSIP;
