<?php

declare(strict_types=1);

namespace TwoFactor;

/** An answer came that is no outcome. It is never an acceptance, and its content is not shown. */
final class BadAnswer extends ClientException {}
