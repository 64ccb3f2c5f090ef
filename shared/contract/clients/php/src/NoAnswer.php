<?php

declare(strict_types=1);

namespace TwoFactor;

/** No answer came in time, so nobody is let in. The message says why, as far as it is known. */
final class NoAnswer extends ClientException {}
