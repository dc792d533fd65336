/** What templates are made of; the templates themselves are tested where they are compiled. */
@NullMarked
package io.github.tintype.loop.template;

import org.jspecify.annotations.NullMarked;
