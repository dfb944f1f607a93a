/** Every sentence of the page. A second language is a second file of this shape. */
export { en as words } from "./en";
