<?php

declare(strict_types=1);

namespace TwoFactor;

/** Why a request has no outcome. None has a previous one, whose trace could show a password. */
abstract class ClientException extends \RuntimeException {}
