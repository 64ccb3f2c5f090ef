<?php

declare(strict_types=1);

namespace TwoFactor\Tests;

/** Why a test was passed over. */
final class Skipped extends \Exception {}
