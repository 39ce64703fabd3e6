/** Breaks every rule of the house once, so that the tests see each rule fail. */
package broken;
